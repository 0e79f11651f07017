/** The state store on Redis or a Redis cluster: one Lua call a shard applies a batch or reads, together with its fence. */
import { partitionKey } from "../../../schema/cursor.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { BatchWriter } from "./batch-writer.ts";
import { readShardScript } from "./lua-script.ts";
import { MemberReader } from "./member-reader.ts";
import { connectRedis } from "./redis-connection.ts";
import type { RedisOptions } from "./redis-options.ts";
import { SegmentStore } from "./segment-store.ts";
import { ShardScripts } from "./shard-scripts.ts";
import { stateKeys } from "./state-keys.ts";
import { StoreRecord, type Incarnation } from "./store-record.ts";

export interface RedisStateStore extends StateStore {
  /** Whether every shard has what it was given. Those that have not answer STORE_REBUILDING to reads and batches alike. */
  incarnation(): Promise<Incarnation>;
  /**
   * Empties a store without a generation record and begins it: what `serve` does by itself at version 0.
   * @throws INPUT_INVALID where there is a record, or another process began the store at the same time
   */
  initialise(): Promise<void>;
}

export interface RedisStateOptions extends RedisOptions {
  /** More than that of one shard's batch is sent in parts, which one call then applies. @default 1 MiB */
  readonly maxCallBytes?: number;
  /**
   * A value of recent entries, registers or a window that grows beyond that is kept in two parts, of which a batch usually
   * touches the small one: what a batch writes to Redis' log and replicas stays small. @default 2 KiB
   */
  readonly maxInlineBytes?: number;
}

const readFence = readShardScript("lua/check-shard.lua", "lua/read-fence.lua");
const defaultLimits = { maxCallBytes: 2 ** 20, maxInlineBytes: 2 ** 11 };

/**
 * Connects to Redis. A server that is away or frozen gives STORE_UNAVAILABLE in bounded time, in a cluster for its shards
 * only. A shard that lost its data gives STORE_REBUILDING, until `serve` has begun it anew with a further generation. What
 * `serve` began anew holds nothing of the generations that were kept, and goes on refusing those.
 * @throws STORE_UNAVAILABLE when no server answers, or one may evict keys; INPUT_INVALID for a bad namespace
 */
export async function openRedisStateStore(options: RedisStateOptions): Promise<RedisStateStore> {
  const connection = await connectRedis(options);
  const keys = stateKeys(connection.namespace);
  const record = new StoreRecord(connection, keys);
  const shards = new ShardScripts(connection, keys, record);
  const segments = new SegmentStore(shards);
  const writer = new BatchWriter(shards, segments, { ...defaultLimits, ...options });
  const reader = new MemberReader(shards);
  return {
    apply: (batch) => writer.apply(batch),
    read: (request) => reader.read(request),
    fences: (generation, topic, partition) => fencesOf(shards, generation, partitionKey(topic, partition)),
    segments: (generation, topic, partition, above) => segments.read(generation, partitionKey(topic, partition), above),
    scan: (generation, entity) => reader.scan(generation, entity),
    generations: () => record.generations(),
    serve: (next, expected) => (expected === 0 ? record.begin(next) : record.replace(next, expected)),
    incarnation: () => record.incarnation(),
    async initialise() {
      if (await record.begin(null)) return;
      throw new OnefoldError("INPUT_INVALID", "The state store was begun already.");
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

async function fencesOf(shards: ShardScripts, generation: number, source: string): Promise<readonly number[]> {
  const answers = await shards.runInAll(await shards.incarnation(), readFence, {
    keys: ({ head, fences }) => [head, fences(generation)],
    shared: [generation, source],
  });
  return answers.map(Number);
}
