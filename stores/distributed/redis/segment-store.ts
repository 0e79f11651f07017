/** The dedupe index in Redis: the segments of one partition stand together in one shard, chosen by the partition's name. */
import { shardOf } from "../../../schema/model/entity-key.ts";
import type { IndexSegment, SegmentWrite } from "../../ports/state-store.ts";
import { readScript } from "./lua-script.ts";
import type { ShardScripts } from "./shard-scripts.ts";

const writeSegment = readScript("lua/check-shard.lua", "lua/write-segment.lua");
const listSegments = readScript("lua/check-shard.lua", "lua/list-segments.lua");
const readSegments = readScript("lua/check-shard.lua", "lua/read-segments.lua");

/** How many segments are in memory at once: a segment holds the ids of one read of the log. */
const AT_ONCE = 8;

export class SegmentStore {
  readonly #shards: ShardScripts;

  constructor(shards: ShardScripts) {
    this.#shards = shards;
  }

  async write(generation: number, source: string, { from, to, bytes, keepAbove }: SegmentWrite): Promise<void> {
    const shard = shardOf("segments", source);
    const of = this.#shards.keysOf(shard);
    const keys = [of.head, of.segments(generation, source), of.segmentEnds(generation, source), of.names];
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const args = [generation, `${from}-${to}`, to, boundOf(keepAbove), value];
    await this.#shards.run(await this.#shards.incarnation(), writeSegment, { shard, keys, args });
  }

  async *read(generation: number, source: string, above: number): AsyncIterable<IndexSegment> {
    const shard = shardOf("segments", source);
    const incarnation = await this.#shards.incarnation();
    const of = this.#shards.keysOf(shard);
    const bound = Number.isFinite(above) ? `(${above}` : boundOf(above);
    const ends = { shard, keys: [of.head, of.segmentEnds(generation, source)], args: [generation, bound] };
    const listed = asList(await this.#shards.run(incarnation, listSegments, ends));
    const ranges = listed.map((range) => rangeOf(String(range)));
    ranges.sort((a, b) => a.from - b.from || a.to - b.to);
    for (let at = 0; at < ranges.length; at += AT_ONCE) {
      const step = ranges.slice(at, at + AT_ONCE);
      const args = [generation, ...step.map(({ from, to }) => `${from}-${to}`)];
      const keys = [of.head, of.segments(generation, source)];
      const found = asList(await this.#shards.run(incarnation, readSegments, { shard, keys, args }));
      for (const [i, range] of step.entries()) {
        const bytes = found[i];
        // One that is gone meanwhile is no longer needed.
        if (Buffer.isBuffer(bytes)) yield { ...range, bytes };
      }
    }
  }
}

function asList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as readonly unknown[]) : [];
}

/** As Redis writes the bounds of scores. */
function boundOf(offset: number): string {
  return offset === Infinity ? "+inf" : offset === -Infinity ? "-inf" : String(offset);
}

function rangeOf(text: string): { readonly from: number; readonly to: number } {
  const dash = text.lastIndexOf("-");
  return { from: Number(text.slice(0, dash)), to: Number(text.slice(dash + 1)) };
}
