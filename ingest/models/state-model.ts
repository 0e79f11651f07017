/** Dynamic and event models: standard events come in; the mutations they add up to, per entity and shard, go out. */
import { identifierKey, shardOf } from "../../schema/model/entity-key.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { EVENTS_FIELD } from "../../stores/ports/model-values.ts";
import type { EntityMutations, ShardBatch } from "../../stores/ports/state-store.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import type { EntityChanges } from "../../stores/ports/change-feed.ts";
import type { TextHash } from "../standardize/standardize.ts";
import { EntryArena } from "./entry-arena.ts";
import { OutcomeTallies, type Outcome } from "./outcome-tallies.ts";
import { compileStateFields, type Cell, type StateField } from "./state-fields.ts";

/** An identifier field of an event. */
export interface Carrier {
  readonly type: string;
  readonly field: number;
}

/** What one event type does to one entity type. */
interface EntityPlan {
  readonly entity: string;
  /** In declaration order: the first with a value is the carrier. */
  readonly carriers: readonly Carrier[];
  /** All that the store keeps of the entity; a field's slot is its place here. */
  readonly fields: readonly StateField[];
  /** The slots that this event type feeds. */
  readonly slots: readonly number[];
}

type Cells = (Cell | undefined)[];

/** One member touched by the batch, its fields in the making by slot. */
interface Member {
  readonly key: string;
  readonly shard: number;
  readonly cells: Cells;
  events: number;
  /** What its shard includes already, of a batch that was applied in part: it changes nothing, but is told as a change. */
  included: Cells | null;
}

/** The members of one entity type that a batch touches. */
interface Members {
  readonly entity: string;
  readonly fields: readonly StateField[];
  readonly arena: EntryArena;
  readonly all: Member[];
  /** By type of identifier, then by its value: no key is put together for a member that is there. */
  readonly byType: Map<string, Map<string, Member>>;
}

/** The compiled models of a platform. It holds no state: a batch does. */
export interface StateModel {
  createBatch(): StateModelBatch;
}

/** Combines the events of one read before the store sees them. */
export interface StateModelBatch {
  /** `fences[shard]` is what that shard already includes: what lies below it is left out of the mutations. */
  add(event: StandardEvent, fences: readonly number[]): void;
  /** Counts what became of one record of a producer. */
  count(producer: string, outcome: Outcome, at: { readonly offset: number; readonly fences: readonly number[] }): void;
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
  const fields = new Map(
    platform.entities.map((entity) => [entity.name, compileStateFields(entity.fields, platform.events, deps)]),
  );
  const plans = new Map(platform.events.map((event) => [event, compilePlans(event, fields)]));
  return { createBatch: () => createBatch(plans) };
}

/** The first identifier field with a value carries the event; null if the event names none. */
export function carrierOf<Of extends Carrier>(carriers: readonly Of[], { values }: StandardEvent): Of | null {
  for (const carrier of carriers) {
    const value = values[carrier.field];
    if (typeof value === "string" || typeof value === "number") return carrier;
  }
  return null;
}

/** The identifier fields by which an event type names an entity type. */
export function carriersOf(event: EventModel, entity: string): readonly Carrier[] {
  return event.identifiers.filter((identifier) => identifier.entity === entity);
}

function compilePlans(event: EventModel, fieldsOf: ReadonlyMap<string, readonly StateField[]>): readonly EntityPlan[] {
  const named = [...new Set(event.identifiers.map(({ entity }) => entity))];
  return named.map((entity) => {
    const fields = fieldsOf.get(entity) ?? [];
    const slots = fields.flatMap((field, slot) => (field.event === event.name ? [slot] : []));
    return { entity, carriers: carriersOf(event, entity), fields, slots };
  });
}

function createBatch(plans: ReadonlyMap<EventModel, readonly EntityPlan[]>): StateModelBatch {
  const touched = new Map<string, Members>();
  const tallies = new OutcomeTallies();
  const arena = new EntryArena();
  const membersOf = ({ entity, fields }: EntityPlan): Members => {
    const known = touched.get(entity);
    if (known !== undefined) return known;
    const members: Members = { entity, fields, arena, all: [], byType: new Map() };
    touched.set(entity, members);
    return members;
  };
  return {
    add(event, fences) {
      for (const plan of plans.get(event.model) ?? []) {
        const carrier = carrierOf(plan.carriers, event);
        if (carrier === null) continue;
        const member = memberOf(membersOf(plan), carrier.type, String(event.values[carrier.field]));
        let { cells } = member;
        if (event.offset < (fences[member.shard] ?? 0)) cells = member.included ??= emptyCells(plan.fields);
        else member.events++;
        for (const slot of plan.slots) cells[slot] = plan.fields[slot]?.fold(cells[slot], event, arena);
      }
    },
    count: (producer, outcome, at) => tallies.count(producer, outcome, at),
    finish(fences) {
      const shards = tallies.byShard().map((counted) => new ShardMembers(counted));
      const changes = [...touched.values()].map((members) => {
        const changed = new TouchedMembers(members);
        for (const member of members.all) {
          if (member.events > 0) shards[member.shard]?.add(members, member);
          changed.add(member);
        }
        return changed;
      });
      return { shards: shards.map((entities, shard) => ({ shard, from: fences[shard] ?? 0, entities })), changes };
    },
  };
}

function memberOf({ entity, fields, all, byType }: Members, type: string, value: string): Member {
  let byValue = byType.get(type);
  if (byValue === undefined) byType.set(type, (byValue = new Map<string, Member>()));
  const known = byValue.get(value);
  if (known !== undefined) return known;
  const key = identifierKey(type, value);
  const member = { key, shard: shardOf(entity, key), cells: emptyCells(fields), events: 0, included: null };
  byValue.set(value, member);
  all.push(member);
  return member;
}

function emptyCells(fields: readonly StateField[]): Cells {
  return fields.map(() => undefined);
}

/** One shard's members. Their mutations are made while the store takes them, and live no longer. */
class ShardMembers implements Iterable<EntityMutations> {
  readonly #members: { readonly of: Members; readonly member: Member }[] = [];
  readonly #tallies: readonly EntityMutations[] | null;

  constructor(tallies: readonly EntityMutations[] | null) {
    this.#tallies = tallies;
  }

  add(of: Members, member: Member): void {
    this.#members.push({ of, member });
  }

  *[Symbol.iterator](): Iterator<EntityMutations> {
    for (const { of, member } of this.#members) {
      yield { entity: of.entity, key: member.key, mutations: finishMember(of, member) };
    }
    if (this.#tallies !== null) yield* this.#tallies;
  }
}

function finishMember({ fields, arena }: Members, member: Member): readonly Mutation[] {
  const mutations: Mutation[] = [{ field: EVENTS_FIELD, operation: "add", amount: member.events }];
  for (let slot = 0; slot < fields.length; slot++) {
    const cell = member.cells[slot];
    const field = fields[slot];
    if (cell !== undefined && field !== undefined) mutations.push(field.finish(cell, arena));
  }
  return mutations;
}

/** Collects which members of one entity were touched, and by which sets of fields. */
class TouchedMembers implements EntityChanges {
  readonly entity: string;
  readonly shapes: string[][] = [];
  readonly keys: string[] = [];
  readonly shapeOf: number[] = [];
  readonly #fields: readonly StateField[];
  /** Slots as one text, to the index of the shape. */
  readonly #shapeNumbers = new Map<string, number>();

  constructor({ entity, fields }: Members) {
    this.entity = entity;
    this.#fields = fields;
  }

  add({ key, cells, included }: Member): void {
    let slots = "";
    for (let slot = 0; slot < cells.length; slot++) {
      if (cells[slot] !== undefined || included?.[slot] !== undefined) slots += `${String(slot)},`;
    }
    let shape = this.#shapeNumbers.get(slots);
    if (shape === undefined) {
      const named = this.#fields.filter((_, slot) => cells[slot] !== undefined || included?.[slot] !== undefined);
      shape = this.shapes.push([EVENTS_FIELD, ...named.map(({ name }) => name)]) - 1;
      this.#shapeNumbers.set(slots, shape);
    }
    this.keys.push(key);
    this.shapeOf.push(shape);
  }
}
