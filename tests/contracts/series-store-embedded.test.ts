/** Binds the series store's contract to the embedded engine. */
import { afterAll, beforeAll } from "@jest/globals";
import { openEmbeddedSeries, type EmbeddedSeries } from "../support/embedded-series.ts";
import { layouts } from "./series-fixtures.ts";
import { seriesStoreContract } from "./series-store.contract.ts";

let series: EmbeddedSeries;
beforeAll(async () => {
  series = await openEmbeddedSeries();
});
afterAll(async () => {
  await series[Symbol.asyncDispose]();
});

// One engine serves all tests: each begins with its tables dropped.
seriesStoreContract("embedded", async (tables = layouts) => {
  const store = series.connect();
  await store.drop(1);
  await store.drop(11);
  await store.prepare(1, tables);
  return store;
});
