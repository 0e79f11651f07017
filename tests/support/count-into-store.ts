/** A worker in miniature: counts the crash test's events by item and minute, in batches, from the store's fence on. */
import type { BucketRow, HistoryRow, SeriesStore } from "../../stores/ports/series-store.ts";
import { emptySketch } from "../../stores/ports/sketch.ts";
import { historyPart } from "../contracts/series-rows.ts";
import { crashEvents, crashLayouts, type CrashEvent } from "./series-crash-events.ts";

export interface CountOptions {
  readonly batchSize: number;
  /** Where the log ends. */
  readonly total: number;
  /** Called with the first offset of each batch, before and after it is written. */
  readonly onBegin?: (from: number) => void;
  readonly onDone?: (from: number) => void;
}

const epochSize = 1000;
export const countedSource = "events.measured/0";

/** Rejects when a write does: whoever calls it again goes on from the fence. */
export async function countIntoStore(store: SeriesStore, options: CountOptions): Promise<void> {
  const { batchSize, total } = options;
  await store.prepare(1, crashLayouts);
  const fence = (await store.fences(1))[countedSource] ?? 0;
  /** Rows of the open epoch, and of those that end in the batch. */
  const counts = new Map<string, BucketRow>();

  const count = ({ item, bucket, offset }: CrashEvent): void => {
    const epoch = Math.floor(offset / epochSize);
    const key = `${epoch}/${item}/${bucket}`;
    const views = Number(counts.get(key)?.measures[0] ?? 0) + 1;
    const measures = [views, offset, offset, offset, emptySketch, null];
    counts.set(key, { dimensions: [item], bucket, partition: 0, epoch, to: offset + 1, measures });
  };

  for (let from = fence - (fence % epochSize); from < total; from += batchSize) {
    const events = crashEvents(from, Math.min(total, from + batchSize));
    for (const [key, { epoch }] of counts) if (epoch < Math.floor(from / epochSize)) counts.delete(key);
    events.forEach(count);
    options.onBegin?.(from);
    await store.write({
      generation: 1,
      rows: [
        historyPart(store, events.map(historyRow)),
        { table: "series_ItemActivity", kind: "buckets", rows: [...counts.values()] },
      ],
      fences: { [countedSource]: from + events.length },
    });
    options.onDone?.(from);
  }
}

function historyRow({ offset, values }: CrashEvent): HistoryRow {
  return { partition: 0, offset, appendTime: offset, id: `e${offset}`, values };
}

/** Everything that the store holds of the first `total` events, in a form to compare. */
export interface Counted {
  readonly fence: number | undefined;
  /** `item bucket` to count. */
  readonly views: ReadonlyMap<string, unknown>;
  readonly offsets: readonly number[];
}

export async function readCounted(store: SeriesStore, total: number): Promise<Counted> {
  await store.prepare(1, crashLayouts);
  const items = [...new Set(crashEvents(0, total).map(({ item }) => item))];
  const answer = await store.readSeries({
    generation: 1,
    table: "series_ItemActivity",
    dimension: "item",
    keys: items.map((item) => [item]),
    from: -Infinity,
    to: Infinity,
    everyMs: 60_000,
  });
  const views = answer.flatMap((points, i) =>
    points.map(({ bucket, measures }) => [`${items[i] ?? ""} ${bucket}`, measures[0]] as const),
  );
  const history = { generation: 1, table: "dwd_Measured", partition: 0, from: 0, limit: total + 1 };
  return {
    fence: (await store.fences(1))[countedSource],
    views: new Map(views),
    offsets: (await store.readHistory(history)).map(({ offset }) => offset),
  };
}

/** The truth, from the events alone. */
export function expectedCounted(total: number): Counted {
  const views = new Map<string, number>();
  for (const { item, bucket } of crashEvents(0, total)) {
    views.set(`${item} ${bucket}`, (views.get(`${item} ${bucket}`) ?? 0) + 1);
  }
  return { fence: total, views, offsets: Array.from({ length: total }, (_, offset) => offset) };
}
