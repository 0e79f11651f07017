/** Dynamic and event models: standard events come in; the mutations they add up to, per entity and shard, go out. */
import { SHARDS, identifierKey, shardOf } from "../../schema/model/entity-key.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { EVENTS_FIELD } from "../../stores/ports/model-values.ts";
import type { EntityMutations, ShardBatch } from "../../stores/ports/state-store.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import type { EntityChanges } from "../../stores/ports/change-feed.ts";
import type { TextHash } from "../standardize/standardize.ts";
import { compileSteps, finishCell, type Cell, type Step } from "./state-steps.ts";

/** What one event type does to one entity type. */
interface EntityPlan {
  readonly entity: string;
  /** In declaration order: the first with a value is the carrier. */
  readonly carriers: readonly { readonly type: string; readonly field: number }[];
  readonly steps: readonly Step[];
}

/** One member touched by the batch, its fields in the making by slot. */
interface Member {
  readonly entity: string;
  readonly key: string;
  readonly shard: number;
  readonly cells: (Cell | undefined)[];
  events: number;
  /** What its shard includes already, of a batch that was applied in part: it changes nothing, but is told as a change. */
  included: (Cell | undefined)[] | null;
}

/** The compiled models of a platform. It holds no state: a batch does. */
export interface StateModel {
  createBatch(): StateModelBatch;
}

/** Combines the events of one read before the store sees them. */
export interface StateModelBatch {
  /** `fences[shard]` is what that shard already includes: what lies below it is left out of the mutations. */
  add(event: StandardEvent, fences: readonly number[]): void;
  /**
   * The mutations per shard, in shard order (all shards are listed, so that all fences move together), and what all
   * events together touch: also those below a fence, since who applied them may not have lived to tell.
   */
  finish(fences: readonly number[]): {
    readonly shards: readonly ShardBatch[];
    readonly changes: readonly EntityChanges[];
  };
}

export function compileStateModel(platform: PlatformModel, deps: { readonly hash: TextHash }): StateModel {
  const plans = new Map<EventModel, readonly EntityPlan[]>();
  for (const event of platform.events) plans.set(event, compilePlans(platform, event, deps));
  return { createBatch: () => createBatch(plans) };
}

/** The carrier of an event for an entity: a typed identifier, or null if the event names none. */
export function carrierOf(
  carriers: readonly { readonly type: string; readonly field: number }[],
  event: StandardEvent,
): string | null {
  for (const { type, field } of carriers) {
    const value = event.values[field];
    if (typeof value === "string" || typeof value === "number") return identifierKey(type, String(value));
  }
  return null;
}

/** The identifier fields by which an event type names an entity type. */
export function carriersOf(
  event: EventModel,
  entity: string,
): readonly { readonly type: string; readonly field: number }[] {
  return event.identifiers.filter((identifier) => identifier.entity === entity);
}

function compilePlans(
  platform: PlatformModel,
  event: EventModel,
  deps: { readonly hash: TextHash },
): readonly EntityPlan[] {
  const named = [...new Set(event.identifiers.map(({ entity }) => entity))];
  return named.map((name) => {
    const entity = platform.entities.find((candidate) => candidate.name === name);
    return { entity: name, carriers: carriersOf(event, name), steps: compileSteps(entity?.fields ?? [], event, deps) };
  });
}

function createBatch(plans: ReadonlyMap<EventModel, readonly EntityPlan[]>): StateModelBatch {
  const members = new Map<string, Map<string, Member>>();
  const memberOf = (entity: string, key: string): Member => {
    let ofEntity = members.get(entity);
    if (ofEntity === undefined) members.set(entity, (ofEntity = new Map<string, Member>()));
    let member = ofEntity.get(key);
    if (member === undefined) {
      member = { entity, key, shard: shardOf(entity, key), cells: [], events: 0, included: null };
      ofEntity.set(key, member);
    }
    return member;
  };
  return {
    add(event, fences) {
      for (const plan of plans.get(event.model) ?? []) {
        const key = carrierOf(plan.carriers, event);
        if (key === null) continue;
        const member = memberOf(plan.entity, key);
        let { cells } = member;
        if (event.offset < (fences[member.shard] ?? 0)) cells = member.included ??= [];
        else member.events++;
        for (const step of plan.steps) step.apply(cells, event);
      }
    },
    finish(fences) {
      const shards: EntityMutations[][] = Array.from({ length: SHARDS }, () => []);
      const changes: EntityChanges[] = [];
      for (const [entity, ofEntity] of members) {
        const touched = new TouchedMembers(entity);
        for (const member of ofEntity.values()) {
          const mutations = member.events === 0 ? [] : finishMember(member);
          if (member.events > 0) shards[member.shard]?.push({ entity, key: member.key, mutations });
          touched.add(member.key, member.included === null ? mutations : touchedFields(member));
        }
        changes.push(touched);
      }
      return {
        shards: shards.map((entities, shard) => ({ shard, from: fences[shard] ?? 0, entities })),
        changes,
      };
    },
  };
}

function finishMember(member: Member): readonly Mutation[] {
  const mutations: Mutation[] = [{ field: EVENTS_FIELD, operation: "add", amount: member.events }];
  for (const cell of member.cells) if (cell !== undefined) mutations.push(finishCell(cell));
  return mutations;
}

function touchedFields({ cells, included }: Member): readonly { readonly field: string }[] {
  const names = [...cells, ...(included ?? [])].flatMap((cell) => (cell === undefined ? [] : [cell.field]));
  return [...new Set([EVENTS_FIELD, ...names])].map((field) => ({ field }));
}

/** Collects which members of one entity were touched, and by which sets of fields. */
class TouchedMembers implements EntityChanges {
  readonly entity: string;
  readonly shapes: string[][] = [];
  readonly keys: string[] = [];
  readonly shapeOf: number[] = [];
  readonly #shapeNumbers = new Map<string, number>();

  constructor(entity: string) {
    this.entity = entity;
  }

  add(key: string, fields: readonly { readonly field: string }[]): void {
    let name = "";
    for (const { field } of fields) name += `${field},`;
    let shape = this.#shapeNumbers.get(name);
    if (shape === undefined) {
      shape = this.shapes.push(fields.map(({ field }) => field)) - 1;
      this.#shapeNumbers.set(name, shape);
    }
    this.keys.push(key);
    this.shapeOf.push(shape);
  }
}
