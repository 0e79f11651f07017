/** Applies batches: each shard's part in one call, however large it is. */
import { randomBytes } from "node:crypto";
import { partitionKey } from "../../../schema/cursor.ts";
import type { StateApplied, StateBatch } from "../../ports/state-store.ts";
import { allOf } from "./all-of.ts";
import { BatchEncoder, type EncodedEntity } from "./batch-encoder.ts";
import { readScript, readShardScript } from "./lua-script.ts";
import type { SegmentStore } from "./segment-store.ts";
import type { ShardsCall, ShardScripts } from "./shard-scripts.ts";
import { entityKeys, type ShardKeys } from "./state-keys.ts";

const check = "lua/check-shard.lua";
const applyBatch = readShardScript(check, "lua/merge-records.lua", "lua/merge-sketches.lua", "lua/apply-batch.lua");
const announcePartition = readShardScript(check, "lua/announce-partition.lua");
const stagePart = readScript("lua/stage-part.lua");

/** How long the parts of an oversized batch wait to be picked up. */
const STAGED_MS = 60_000;
/** Shards go out together until they have as many: a command has its price, and Redis does nothing else meanwhile. */
const GROUP_BYTES = 2 ** 14;

export interface WriteLimits {
  /** More than that of one shard's batch is sent in parts. */
  readonly maxCallBytes: number;
  /** More than that of one value is not kept in its member's record. */
  readonly maxInlineBytes: number;
}

interface Writing {
  readonly incarnation: string;
  readonly batch: StateBatch;
  readonly source: string;
}

interface EncodedPart {
  readonly shard: number;
  readonly from: number;
  readonly payload: Buffer;
}

/** Shards that go out together. */
interface EncodedGroup {
  /** Those that the payloads name by place. */
  readonly entities: EncodedEntity[];
  readonly parts: EncodedPart[];
}

type GroupCall = Omit<ShardsCall, "parts">;

export class BatchWriter {
  readonly #shards: ShardScripts;
  readonly #segments: SegmentStore;
  readonly #limits: WriteLimits;
  readonly #encoder = new BatchEncoder();
  /** Partitions that have a fence in every shard, by incarnation and generation. */
  readonly #announced = new Set<string>();

  constructor(shards: ShardScripts, segments: SegmentStore, limits: WriteLimits) {
    this.#shards = shards;
    this.#segments = segments;
    this.#limits = limits;
  }

  /** Its shards go out some at a time as they are encoded, so that Redis is at work meanwhile. */
  async apply(batch: StateBatch): Promise<StateApplied> {
    const { generation, topic, partition, segment } = batch;
    const source = partitionKey(topic, partition);
    const incarnation = await this.#shards.incarnation();
    await this.#announce(incarnation, generation, source);
    if (segment !== null) await this.#segments.write(generation, source, segment);
    const writing = { incarnation, batch, source };
    const calls: Promise<StateApplied["moved"]>[] = [];
    for (const group of this.#encode(batch)) calls.push(this.#applyGroup(group, writing));
    return { moved: (await allOf(calls)).flat() };
  }

  /** Once for each partition: a first batch that reaches only some shards must not leave the others without a word. */
  async #announce(incarnation: string, generation: number, source: string): Promise<void> {
    const announced = `${incarnation} ${generation} ${source}`;
    if (this.#announced.has(announced)) return;
    await this.#shards.runInAll(incarnation, announcePartition, {
      keys: ({ head, fences, names }) => [head, fences(generation), names],
      shared: [generation, source],
    });
    this.#announced.add(announced);
  }

  /** Shards by what one command takes, in their order; an oversized one is alone. */
  *#encode({ shards }: StateBatch): Generator<EncodedGroup> {
    let group: EncodedGroup = { entities: [], parts: [] };
    let bytes = 0;
    for (const { shard, from, entities: members } of shards) {
      const payload = this.#encoder.encode(members, group.entities);
      const isOversized = payload.length > this.#limits.maxCallBytes;
      if (isOversized && group.parts.length > 0) yield group;
      if (isOversized) group = { entities: group.entities, parts: [] };
      group.parts.push({ shard, from, payload });
      bytes += payload.length;
      if (bytes < GROUP_BYTES && !isOversized) continue;
      yield group;
      group = { entities: [], parts: [] };
      bytes = 0;
    }
    if (group.parts.length > 0) yield group;
  }

  /** Gives the fences that refused it. */
  async #applyGroup({ entities, parts }: EncodedGroup, writing: Writing): Promise<StateApplied["moved"]> {
    const { incarnation, batch, source } = writing;
    const { generation, to } = batch;
    const names = entities.map(({ name }) => name);
    const fields = entities.map((entity) => entity.fields);
    const call = {
      keys: (of: ShardKeys) => [of.head, of.fences(generation), of.names, ...keysOfEntities(of, generation, names)],
      shared: [generation, source, String(to), this.#limits.maxInlineBytes, fields.length, ...fields],
    };
    const [first] = parts;
    if (first !== undefined && first.payload.length > this.#limits.maxCallBytes) {
      return movedFence(first.shard, await this.#applyStaged(incarnation, call, first));
    }
    const calls = parts.map(({ shard, from, payload }) => ({ shard, args: [String(from), 0, payload] }));
    const told = await this.#shards.runAll(incarnation, applyBatch, { ...call, parts: calls });
    return parts.flatMap(({ shard }, at) => movedFence(shard, told[at]));
  }

  async #applyStaged(incarnation: string, { keys, shared }: GroupCall, part: EncodedPart): Promise<unknown> {
    const { shard, from, payload } = part;
    const staged = await this.#stage(shard, payload);
    return await this.#shards.run(incarnation, applyBatch, {
      shard,
      keys: [...keys(this.#shards.keysOf(shard)), staged.key],
      args: [...shared, String(from), staged.parts, ""],
    });
  }

  /** Lays down a payload in parts; one call then picks them up, and with it the fence moves. Or nothing of it ever happens. */
  async #stage(shard: number, payload: Buffer): Promise<{ readonly key: string; readonly parts: number }> {
    const key = this.#shards.keysOf(shard).staged(randomBytes(8).toString("hex"));
    const size = this.#limits.maxCallBytes;
    const parts = Math.ceil(payload.length / size);
    for (let part = 0; part < parts; part++) {
      const bytes = payload.subarray(part * size, (part + 1) * size);
      await this.#shards.runAnywhere(stagePart, [key], [part + 1, bytes, STAGED_MS]);
    }
    return { key, parts };
  }
}

function keysOfEntities(of: ShardKeys, generation: number, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => entityKeys(of, generation, name));
}

/** What the script tells unless all is well: the fence that it found. */
function movedFence(shard: number, told: unknown): StateApplied["moved"] {
  const text = String(told);
  return text === "OK" ? [] : [{ shard, fence: Number(text) }];
}
