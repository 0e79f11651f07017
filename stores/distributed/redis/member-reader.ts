/** Reads members of entities, each shard's in one call with the shard's fences. */
import type { CursorVector } from "../../../schema/cursor.ts";
import { shardOf } from "../../../schema/model/entity-key.ts";
import { combineValues } from "../../ports/state-algebra.ts";
import type { StateRead, StateStore } from "../../ports/state-store.ts";
import type { StateValue } from "../../ports/state-value.ts";
import { allOf } from "./all-of.ts";
import { hashOfField, nameHash, operationCode } from "./field-id.ts";
import { readScript, readShardScript } from "./lua-script.ts";
import { readRecord, readValue } from "./read-record.ts";
import { entityKeys } from "./state-keys.ts";
import type { ShardScripts } from "./shard-scripts.ts";

const readMembers = readShardScript("lua/check-shard.lua", "lua/read-members.lua");
const scanMembers = readScript("lua/check-shard.lua", "lua/scan-members.lua");

const SCAN_KEYS = 500;
/** How many members one command reads: Redis does nothing else meanwhile. */
const KEYS_A_COMMAND = 200;

type Request = Parameters<StateStore["read"]>[0];
type ShardPlaces = readonly [shard: number, places: readonly number[]];
type Values = ReadonlyMap<string, StateValue>;

export class MemberReader {
  readonly #shards: ShardScripts;

  constructor(shards: ShardScripts) {
    this.#shards = shards;
  }

  async read({ generation, entity, keys, fields }: Request): Promise<StateRead> {
    const incarnation = await this.#shards.incarnation();
    const asked = fields === null ? null : new Map(fields.map((name) => [nameHash(name), name]));
    const wanted = asked === null ? [-1] : [asked.size, ...asked.keys()];
    const entities: (Values | null)[] = keys.map(() => null);
    const take = ([, places]: ShardPlaces, reply: unknown): readonly unknown[] => {
      const [fences = [], numbers = [], records = [], bodies = []] = asLists(reply);
      const names = asked ?? fieldNames(numbers);
      const found = records.map((record) => (Buffer.isBuffer(record) ? readRecord(record, names) : null));
      addBodies(found, bodies, names);
      places.forEach((place, at) => (entities[place] = found[at] ?? null));
      return fences;
    };
    const calls = groupsOf([...placesByShard(entity, keys)]).map(async (group) => {
      const replies = await this.#shards.runAll(incarnation, readMembers, {
        keys: (of) => [of.head, of.fences(generation), ...entityKeys(of, generation, entity)],
        shared: [generation, ...wanted],
        parts: group.map(([shard, places]) => ({ shard, args: places.map((place) => keys[place] ?? "") })),
      });
      return group.map((places, at) => take(places, replies[at]));
    });
    return { entities, includes: leastFences((await allOf(calls)).flat(), keys.length === 0) };
  }

  /** In the order of the keys' bytes. Holds all keys in memory to sort them; what changes meanwhile is seen or not. */
  async *scan(generation: number, entity: string): AsyncIterable<{ readonly key: string; readonly values: Values }> {
    const found = (await allOf(this.#shards.all.map((_, shard) => this.#keysIn(shard, generation, entity)))).flat();
    const keys = found.sort((a, b) => a.compare(b)).map((key) => key.toString("utf8"));
    for (let at = 0; at < keys.length; at += SCAN_KEYS) {
      const step = keys.slice(at, at + SCAN_KEYS);
      const { entities } = await this.read({ generation, entity, keys: step, fields: null });
      for (const [i, values] of entities.entries()) if (values !== null) yield { key: step[i] ?? "", values };
    }
  }

  /** The keys of a shard's members, each once: a step may repeat some. */
  async #keysIn(shard: number, generation: number, entity: string): Promise<readonly Buffer[]> {
    const incarnation = await this.#shards.incarnation();
    const { head, members } = this.#shards.keysOf(shard);
    const keys = [head, members(generation, entity)];
    const found = new Map<string, Buffer>();
    let cursor = "0";
    do {
      const reply = await this.#shards.run(incarnation, scanMembers, {
        shard,
        keys,
        args: [generation, cursor, SCAN_KEYS],
      });
      const [next, step] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
      for (const key of asList(step)) if (Buffer.isBuffer(key)) found.set(key.toString("latin1"), key);
      cursor = String(next);
    } while (cursor !== "0");
    return [...found.values()];
  }
}

/** Where each shard's keys stand among all. Of no keys nothing is included, but one shard knows which partitions there are. */
function placesByShard(entity: string, keys: readonly string[]): ReadonlyMap<number, readonly number[]> {
  if (keys.length === 0) return new Map([[0, []]]);
  const places = new Map<number, number[]>();
  keys.forEach((key, place) => {
    const shard = shardOf(entity, key);
    const known = places.get(shard);
    if (known === undefined) places.set(shard, [place]);
    else known.push(place);
  });
  return places;
}

/** Shards whose members one command reads. */
function groupsOf(shards: readonly ShardPlaces[]): readonly (readonly ShardPlaces[])[] {
  const groups: ShardPlaces[][] = [];
  let count = Infinity;
  for (const shard of shards) {
    if (count + shard[1].length > KEYS_A_COMMAND) {
      groups.push([]);
      count = 0;
    }
    groups.at(-1)?.push(shard);
    count += shard[1].length;
  }
  return groups;
}

/** Of place, number and body in turn: what a record holds of a long value is combined with the rest of it. */
function addBodies(
  found: readonly (Map<string, StateValue> | null)[],
  bodies: readonly unknown[],
  names: ReadonlyMap<number, string>,
): void {
  for (let at = 0; at < bodies.length; at += 3) {
    const values = found[Number(bodies[at])];
    const id = Number(bodies[at + 1]);
    const body = bodies[at + 2];
    const name = names.get(hashOfField(id));
    const newest = name === undefined ? undefined : values?.get(name);
    if (name === undefined || newest === undefined || !Buffer.isBuffer(body)) continue;
    values?.set(name, combineValues(readValue(operationCode(id), body), newest));
  }
}

function asList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as readonly unknown[]) : [];
}

function asLists(reply: unknown): readonly (readonly unknown[])[] {
  return asList(reply).map(asList);
}

/** Of name and number in turn, the names by their hash. Lists of fields that were checked have no number. */
function fieldNames(pairs: readonly unknown[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (let at = 0; at < pairs.length; at += 2) {
    const name = String(pairs[at]);
    if (String(pairs[at + 1]) !== "") names.set(nameHash(name), name);
  }
  return names;
}

/** Per partition the least fence over the shards, each of which gave partition and fence in turn. */
function leastFences(shards: readonly (readonly unknown[])[], none: boolean): CursorVector {
  const least: Record<string, number> = {};
  const seen: Record<string, number> = {};
  for (const pairs of shards) {
    for (let at = 0; at < pairs.length; at += 2) {
      const name = String(pairs[at]);
      least[name] = Math.min(least[name] ?? Infinity, Number(pairs[at + 1]));
      seen[name] = (seen[name] ?? 0) + 1;
    }
  }
  for (const name of Object.keys(least)) if (none || seen[name] !== shards.length) least[name] = 0;
  return least;
}
