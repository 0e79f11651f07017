/** Rows and reads of the series contract, short to write. */
import { createHash } from "node:crypto";
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import { intervalMs } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type {
  BucketRow,
  HistoryRow,
  MeasureValue,
  SeriesRead,
  SeriesStore,
  TableRows,
} from "../../stores/ports/series-store.ts";
import { emptySketch, mergeSketches, sketchOf } from "../../stores/ports/sketch.ts";

export type OpenSeriesStore = (tables?: readonly TableLayout[]) => Promise<SeriesStore>;

export const { MINUTE, HOUR, DAY } = intervalMs;
export const now = Date.parse("2026-11-23T04:30:00Z");
export const awkward = ["tab\tnewline\nreturn\rslash\\quote'\"nul\0", "\\N", "", "汉字 é 😀 \u2028", "NULL", "[1,'x']"];

/** A row of `series_ItemActivity` or `ranking_hotItems`. */
export function row(
  item: string,
  bucket: number,
  values: Partial<BucketRow> & { readonly views?: number | bigint } = {},
) {
  const { views = 1, ...rest } = values;
  const measures: readonly MeasureValue[] = [views, 0, null, null, emptySketch, null];
  return { dimensions: [item], bucket, partition: 0, epoch: 0, to: 1, measures, ...rest } satisfies BucketRow;
}

/** Rows as the store takes them. */
export function historyPart(store: SeriesStore, rows: readonly HistoryRow[], generation = 1): TableRows {
  const table = "dwd_Measured";
  const buffer = store.historyBuffer(generation, table);
  for (const one of rows) buffer.add(one);
  return { table, kind: "history", rows: buffer.take() };
}

export async function put(store: SeriesStore, table: string, rows: readonly BucketRow[]): Promise<void> {
  await store.write({ generation: 1, rows: [{ table, kind: "buckets", rows }], fences: {} });
}

/** By minute. */
export function read(keys: readonly (readonly string[])[], from: number, to: number): SeriesRead {
  return { generation: 1, table: "series_ItemActivity", dimension: "item", keys, from, to, everyMs: MINUTE };
}

export async function views(store: SeriesStore, asked: SeriesRead): Promise<unknown[][]> {
  const answer = await store.readSeries(asked);
  return answer.map((points) => points.map(({ bucket, measures }) => [bucket, measures[0]]));
}

export function historyRow(offset: number, form: Partial<HistoryRow> = {}): HistoryRow {
  return { partition: 0, offset, appendTime: now, id: `event-${offset}`, values: fieldValues({}), ...form };
}

export function fieldValues(given: Readonly<Record<number, StandardValue>>): readonly StandardValue[] {
  const plain: StandardValue[] = [
    "e",
    "n",
    now,
    100,
    1,
    0.5,
    true,
    "red",
    null,
    null,
    null,
    null,
    [],
    null,
    [],
    null,
    [],
  ];
  return plain.map((value, i) => given[i] ?? value);
}

/** The sketch of the numbers of a range. */
export function sketch(from: number, to: number): Uint8Array {
  let all = emptySketch;
  for (let i = from; i < to; i++) {
    const hash = createHash("sha1").update(String(i)).digest();
    all = mergeSketches(all, sketchOf(hash.readUInt32BE(0), hash.readUInt32BE(4)));
  }
  return all;
}
