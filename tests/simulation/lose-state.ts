/** What a state store is after it lost everything, or some of its shards with all that they held. */
import { partitionKey } from "../../schema/cursor.ts";
import { SHARDS, shardOf } from "../../schema/model/entity-key.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import type { EntityMutations, IndexSegment, StateStore } from "../../stores/ports/state-store.ts";

export interface LoseOptions {
  readonly generations: readonly number[];
  readonly entities: readonly string[];
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly lost: (shard: number) => boolean;
}

/**
 * A copy without the lost shards. The dedupe segments of a partition live with one of the shards: whoever loses them
 * reads the log again from its start, and so makes them anew.
 */
export async function loseShards(state: StateStore, options: LoseOptions): Promise<StateStore> {
  const copy = createMemoryStateStore();
  for (const generation of options.generations) {
    const members = await membersByShard(state, generation, options);
    for (const { topic, partition } of options.partitions) {
      const fences = await state.fences(generation, topic, partition);
      const home = shardOf("segments", partitionKey(topic, partition));
      if (!options.lost(home)) {
        for await (const segment of state.segments(generation, topic, partition, -Infinity)) {
          await copy.apply({ generation, topic, partition, to: 0, shards: [], segment: kept(segment) });
        }
      }
      for (let shard = 0; shard < SHARDS; shard++) {
        const to = fences[shard] ?? 0;
        if (options.lost(shard) || to === 0) continue;
        const entities = members.get(shard) ?? [];
        members.delete(shard);
        await copy.apply({ generation, topic, partition, to, shards: [{ shard, from: 0, entities }], segment: null });
      }
    }
  }
  return copy;
}

function kept(segment: IndexSegment): IndexSegment & { readonly keepAbove: number } {
  return { ...segment, keepAbove: -Infinity };
}

async function membersByShard(
  state: StateStore,
  generation: number,
  { entities, lost }: LoseOptions,
): Promise<Map<number, EntityMutations[]>> {
  const members = new Map<number, EntityMutations[]>();
  for (const entity of entities) {
    for await (const { key, values } of state.scan(generation, entity)) {
      const shard = shardOf(entity, key);
      if (lost(shard)) continue;
      const mutations = [...values].map(([field, value]) => ({ field, ...value }));
      members.set(shard, [...(members.get(shard) ?? []), { entity, key, mutations }]);
    }
  }
  return members;
}
