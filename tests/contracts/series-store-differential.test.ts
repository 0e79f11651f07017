/** Random batches and reads: the engine, embedded and over HTTP, answers what the executable specification answers. */
import { describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { intervalMs } from "../../schema/model/series.ts";
import { createMemorySeriesStore } from "../../stores/memory/series-store.ts";
import type { BucketRow, RankingRead, SeriesBatch, SeriesRead, SeriesStore } from "../../stores/ports/series-store.ts";
import { emptySketch, mergeSketches, sketchOf } from "../../stores/ports/sketch.ts";
import { createSeriesStore } from "../../stores/clickhouse/series-store.ts";
import { connectClickHouse } from "../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { openEmbeddedSeries } from "../support/embedded-series.ts";
import { startTestClickHouse } from "../support/start-clickhouse.ts";
import { layouts } from "./series-fixtures.ts";

const { MINUTE, HOUR, DAY } = intervalMs;

const text = fc.oneof(
  fc.constantFrom("item:1", "item:2", "item:10", "", "\t", "\\N", "a\nb"),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const time = fc
  .tuple(fc.constantFrom("2017-11-25T01:00:00Z", "2026-11-23T04:00:00Z", "1969-12-31T23:00:00Z"), fc.nat(180))
  .map(([start, minutes]) => Date.parse(start) + minutes * MINUTE);
const key = fc.record({
  dimensions: fc.tuple(text),
  bucket: time,
  partition: fc.nat(2),
  epoch: fc.nat(1),
  to: fc.integer({ min: 1, max: 4 }),
});

/** A row is a pure function of its key and `to`: so is everything that the store is ever given. */
function rowOf(part: Omit<BucketRow, "measures">): BucketRow {
  const hash = createHash("sha1").update(JSON.stringify(part)).digest();
  const long = hash.readBigInt64BE(0) >> BigInt(hash.readUInt8(8) % 64);
  let sketch = emptySketch;
  for (let i = 0; i < hash.readUInt8(9) % 8; i++) sketch = mergeSketches(sketch, sketchOf(hash.readUInt32BE(i), i));
  const small = hash.readInt16BE(10);
  const measures = [hash.readUInt8(12), long, small % 3 === 0 ? null : long, small, sketch, small / 8];
  return { ...part, measures };
}

const rows = fc.array(key, { maxLength: 40 }).map((parts) => parts.map(rowOf));
const batch = fc.record({ activity: rows, hot: rows, fence: fc.nat(100) });
const everyMs = fc.constantFrom(MINUTE, HOUR, DAY);
const reads = fc.record({
  keys: fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 6 }),
  from: time,
  length: fc.constantFrom(MINUTE, HOUR, 400 * DAY, 4000 * DAY),
  everyMs,
  measure: fc.constantFrom("views", "total", "least", "most", "visitors", "hottest"),
  limit: fc.integer({ min: 1, max: 10 }),
});

type Given = typeof batch extends fc.Arbitrary<infer T> ? T : never;
type Asked = typeof reads extends fc.Arbitrary<infer T> ? T : never;

function batchOf(generation: number, { activity, hot, fence }: Given): SeriesBatch {
  return {
    generation,
    rows: [
      { table: "series_ItemActivity", kind: "buckets", rows: activity },
      { table: "ranking_hotItems", kind: "buckets", rows: hot },
    ],
    fences: { "events.measured/0": fence },
  };
}

async function answers(store: SeriesStore, generation: number, asked: Asked): Promise<unknown> {
  const range = { generation, from: asked.from, to: asked.from + asked.length };
  const series: SeriesRead = { ...range, ...asked, table: "series_ItemActivity", dimension: "item", to: range.to };
  const ranking: RankingRead = { ...range, table: "ranking_hotItems", measure: asked.measure, limit: asked.limit };
  return [await store.fences(generation), await store.readSeries(series), await store.readRanking(ranking)];
}

async function openEmbedded() {
  const series = await openEmbeddedSeries();
  return { store: series.connect(), [Symbol.asyncDispose]: () => series[Symbol.asyncDispose]() };
}

async function openOverHttp() {
  const clickhouse = await startTestClickHouse();
  const { url } = clickhouse;
  const store = createSeriesStore(connectClickHouse({ url, database: "onefold", cluster: null }));
  return { store, [Symbol.asyncDispose]: () => clickhouse[Symbol.asyncDispose]() };
}

describe.each([
  ["embedded", openEmbedded],
  ["over HTTP", openOverHttp],
])("the series store (%s)", (_, open) => {
  test("answers as the specification does, whatever is written in whatever order", async () => {
    await using opened = await open();
    await using engine = opened.store;
    await using memory = createMemorySeriesStore();
    let generation = 0;
    const property = fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 4 }),
      fc.array(reads, { minLength: 1, maxLength: 3 }),
      async (batches, asked) => {
        generation++;
        for (const store of [engine, memory]) {
          await store.prepare(generation, layouts);
          for (const given of batches) await store.write(batchOf(generation, given));
        }
        for (const one of asked) {
          expect(await answers(engine, generation, one)).toEqual(await answers(memory, generation, one));
        }
        await engine.drop(generation);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  }, 120_000);
});
