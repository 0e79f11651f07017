/**
 * A worker in miniature, to be killed: counts events by item and minute into the embedded series store, in batches, from
 * the store's fence on. Prints `begin N` and `done N` around each write, and `end` after the last.
 */
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import type { BucketRow, HistoryRow } from "../../../stores/ports/series-store.ts";
import { emptySketch } from "../../../stores/ports/sketch.ts";
import { crashEvents, crashLayouts, type CrashEvent } from "../series-crash-events.ts";

const [path = "", batchText = "250", totalText = "20000"] = process.argv.slice(2);
const batchSize = Number(batchText);
const total = Number(totalText);
const epochSize = 1000;
const source = "events.measured/0";

await using server = await startSeriesServer({ path });
await using store = createSeriesStore(connectSeries(server.connect()));
await store.prepare(1, crashLayouts);

const fence = (await store.fences(1))[source] ?? 0;
let epoch = Math.floor(fence / epochSize);
let counts = new Map<string, BucketRow>();

const count = (event: CrashEvent): void => {
  const key = `${event.item}/${event.bucket}`;
  const views = Number(counts.get(key)?.measures[0] ?? 0) + 1;
  const { item, bucket, offset } = event;
  const measures = [views, offset, offset, offset, emptySketch, null];
  counts.set(key, { dimensions: [item], bucket, partition: 0, epoch, to: offset + 1, measures });
};
const historyRow = ({ offset, values }: CrashEvent): HistoryRow => {
  return { partition: 0, offset, appendTime: offset, id: `e${offset}`, values };
};

for (let from = epoch * epochSize; from < total; from += batchSize) {
  const events = crashEvents(from, Math.min(total, from + batchSize));
  for (const event of events) {
    if (Math.floor(event.offset / epochSize) !== epoch) {
      epoch = Math.floor(event.offset / epochSize);
      counts = new Map();
    }
    count(event);
  }
  process.stdout.write(`begin ${from}\n`);
  await store.write({
    generation: 1,
    rows: [
      { table: "dwd_Measured", kind: "history", rows: events.map(historyRow) },
      { table: "series_ItemActivity", kind: "buckets", rows: [...counts.values()] },
    ],
    fences: { [source]: from + events.length },
  });
  process.stdout.write(`done ${from}\n`);
}
process.stdout.write("end\n");
