/** Binds the series store's contract to the engine behind ClickHouse's HTTP interface, in a process of its own. */
import { afterAll, beforeAll } from "@jest/globals";
import { createSeriesStore } from "../../stores/clickhouse/series-store.ts";
import { connectClickHouse } from "../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { startTestClickHouse, type TestClickHouse } from "../support/start-clickhouse.ts";
import { layouts } from "./series-fixtures.ts";
import { seriesStoreContract } from "./series-store.contract.ts";

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(async () => {
  await clickhouse[Symbol.asyncDispose]();
});

// One server serves all tests: each begins with its tables dropped.
seriesStoreContract("ClickHouse over HTTP", async (tables = layouts) => {
  const store = createSeriesStore(connectClickHouse({ url: clickhouse.url, database: "onefold", cluster: null }));
  await store.drop(1);
  await store.drop(11);
  await store.prepare(1, tables);
  return store;
});
