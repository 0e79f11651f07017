/** Applies batches: each shard's part in one call, however large it is. */
import { randomBytes } from "node:crypto";
import { partitionKey } from "../../../schema/cursor.ts";
import type { ShardBatch, StateApplied, StateBatch } from "../../ports/state-store.ts";
import { allOf } from "./all-of.ts";
import { BatchEncoder } from "./batch-encoder.ts";
import { readScript } from "./lua-script.ts";
import type { SegmentStore } from "./segment-store.ts";
import type { ShardScripts } from "./shard-scripts.ts";
import { entityKeys } from "./state-keys.ts";

const check = "lua/check-shard.lua";
const applyBatch = readScript(check, "lua/merge-records.lua", "lua/merge-sketches.lua", "lua/apply-batch.lua");
const announcePartition = readScript(check, "lua/announce-partition.lua");
const stagePart = readScript("lua/stage-part.lua");

/** How long the parts of an oversized batch wait to be picked up. */
const STAGED_MS = 60_000;
/** Few system calls, and few shards that wait for one that is encoded after them. */
const SHARDS_A_WRITE = 8;

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
    const calls: Promise<number | null>[] = [];
    for (let at = 0; at < batch.shards.length; at += SHARDS_A_WRITE) {
      const group = batch.shards.slice(at, at + SHARDS_A_WRITE);
      this.#shards.together(() => calls.push(...group.map((shard) => this.#applyShard(shard, writing))));
    }
    const fences = await allOf(calls);
    const moved = batch.shards.flatMap(({ shard }, at) => {
      const fence = fences[at] ?? null;
      return fence === null ? [] : [{ shard, fence }];
    });
    return { moved };
  }

  /** Once for each partition: a first batch that reaches only some shards must not leave the others without a word. */
  async #announce(incarnation: string, generation: number, source: string): Promise<void> {
    const announced = `${incarnation} ${generation} ${source}`;
    if (this.#announced.has(announced)) return;
    const calls = this.#shards.all.map(({ head, fences, names }, shard) => {
      const keys = [head, fences(generation), names];
      return this.#shards.run(incarnation, announcePartition, { shard, keys, args: [generation, source] });
    });
    await allOf(calls);
    this.#announced.add(announced);
  }

  /** Gives the fence that refused it, or null. */
  async #applyShard({ shard, from, entities: members }: ShardBatch, writing: Writing): Promise<number | null> {
    const { incarnation, batch, source } = writing;
    const { generation, to } = batch;
    const { entities, payload } = this.#encoder.encode(members);
    const of = this.#shards.keysOf(shard);
    const keys = [of.head, of.fences(generation), of.names];
    for (const { entity } of entities) keys.push(...entityKeys(of, generation, entity));
    const staged = payload.length > this.#limits.maxCallBytes ? await this.#stage(shard, payload) : null;
    const [parts, inCall] = staged === null ? [0, payload] : [staged.parts, ""];
    if (staged !== null) keys.push(staged.key);
    const fence = [generation, source, String(from), String(to)];
    const lists = entities.map(({ fields }) => fields);
    const args = [...fence, this.#limits.maxInlineBytes, parts, inCall, ...lists];
    const told = String(await this.#shards.run(incarnation, applyBatch, { shard, keys, args }));
    return told === "OK" ? null : Number(told);
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
