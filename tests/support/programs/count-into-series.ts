/** Counts into the embedded series store, to be killed. Prints `begin N` and `done N` around each write, `end` at last. */
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { countIntoStore } from "../count-into-store.ts";

const [path = "", batchText = "250", totalText = "20000"] = process.argv.slice(2);

await using server = await startSeriesServer({ path });
await using store = createSeriesStore(connectSeries(server.connect()));
await countIntoStore(store, {
  batchSize: Number(batchText),
  total: Number(totalText),
  onBegin: (from) => process.stdout.write(`begin ${from}\n`),
  onDone: (from) => process.stdout.write(`done ${from}\n`),
});
process.stdout.write("end\n");
