/** The state store in memory: the executable specification of the port, for unit tests and simulations. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { SHARDS, shardOf } from "../../schema/model/entity-key.ts";
import { combineValues } from "../ports/state-algebra.ts";
import type {
  GenerationRecord,
  IndexSegment,
  ShardBatch,
  StateApplied,
  StateBatch,
  StateRead,
  StateStore,
} from "../ports/state-store.ts";
import type { StateValue } from "../ports/state-value.ts";

type Entities = Map<string, Map<string, Map<string, StateValue>>>;

interface Generation {
  /** Entity, then key, then field. */
  readonly entities: Entities;
  /** Partition key to one fence a shard. */
  readonly fences: Map<string, number[]>;
  readonly segments: Map<string, IndexSegment[]>;
}

/** Opens an empty state store that lives as long as the object. */
export function createMemoryStateStore(): StateStore {
  const generations = new Map<number, Generation>();
  let record: GenerationRecord | null = null;

  const generation = (id: number): Generation => {
    const known = generations.get(id);
    if (known !== undefined) return known;
    const made: Generation = { entities: new Map(), fences: new Map(), segments: new Map() };
    generations.set(id, made);
    return made;
  };

  return {
    apply: (batch) => Promise.resolve(applyBatch(generation(batch.generation), batch)),
    read: ({ generation: id, entity, keys, fields }) => {
      const { entities, fences } = generation(id);
      const found = keys.map((key) => select(entities.get(entity)?.get(key), fields));
      return Promise.resolve({ entities: found, includes: leastFences(fences, entity, keys) } satisfies StateRead);
    },
    fences: (id, topic, partition) =>
      Promise.resolve([...(generation(id).fences.get(partitionKey(topic, partition)) ?? noFences())]),
    async *segments(id, topic, partition, above) {
      const all = generation(id).segments.get(partitionKey(topic, partition)) ?? [];
      yield* all.filter(({ to }) => to > above).sort((a, b) => a.from - b.from || a.to - b.to);
    },
    async *scan(id, entity) {
      const members = generation(id).entities.get(entity) ?? new Map<string, Map<string, StateValue>>();
      for (const key of [...members.keys()].sort(compareBytes)) yield { key, values: new Map(members.get(key)) };
    },
    generations: () => Promise.resolve(record),
    serve: (next, expectedVersion) => {
      if ((record?.version ?? 0) !== expectedVersion) return Promise.resolve(false);
      record = next;
      for (const id of generations.keys()) if (!(String(id) in next.fingerprints)) generations.delete(id);
      return Promise.resolve(true);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function noFences(): number[] {
  return Array.from({ length: SHARDS }, () => 0);
}

function applyBatch(store: Generation, batch: StateBatch): StateApplied {
  const key = partitionKey(batch.topic, batch.partition);
  if (batch.segment !== null) {
    const { from, to, bytes, keepAbove } = batch.segment;
    const others = (store.segments.get(key) ?? []).filter(
      (other) => !(other.from === from && other.to === to) && other.to > keepAbove,
    );
    store.segments.set(key, [...others, { from, to, bytes }]);
  }
  const fences = store.fences.get(key) ?? noFences();
  store.fences.set(key, fences);
  const moved: { shard: number; fence: number }[] = [];
  for (const shard of batch.shards) {
    const fence = fences[shard.shard] ?? 0;
    if (fence !== shard.from) {
      moved.push({ shard: shard.shard, fence });
      continue;
    }
    combineShard(store.entities, shard);
    fences[shard.shard] = batch.to;
  }
  return { moved };
}

/** By the bytes of UTF-8, as stores that keep bytes do. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function combineShard(entities: Entities, shard: ShardBatch): void {
  for (const { entity, key, mutations } of shard.entities) {
    const members = entities.get(entity) ?? new Map<string, Map<string, StateValue>>();
    entities.set(entity, members);
    const fields = members.get(key) ?? new Map<string, StateValue>();
    members.set(key, fields);
    for (const { field, ...value } of mutations) {
      const known = fields.get(field);
      fields.set(field, known === undefined ? value : combineValues(known, value));
    }
  }
}

function select(
  values: ReadonlyMap<string, StateValue> | undefined,
  fields: readonly string[] | null,
): ReadonlyMap<string, StateValue> | null {
  if (values === undefined) return null;
  if (fields === null) return new Map(values);
  return new Map([...values].filter(([name]) => fields.includes(name)));
}

function leastFences(fences: ReadonlyMap<string, number[]>, entity: string, keys: readonly string[]): CursorVector {
  const shards = [...new Set(keys.map((key) => shardOf(entity, key)))];
  const least = (all: readonly number[]): number => Math.min(...shards.map((shard) => all[shard] ?? 0));
  return Object.fromEntries([...fences].map(([key, all]) => [key, shards.length === 0 ? 0 : least(all)]));
}
