/** Binds the series store's contract to the store in memory. */
import { createMemorySeriesStore } from "../../stores/memory/series-store.ts";
import { layouts } from "./series-fixtures.ts";
import { seriesStoreContract } from "./series-store.contract.ts";

seriesStoreContract("memory", async (tables = layouts) => {
  const store = createMemorySeriesStore();
  await store.prepare(1, tables);
  return store;
});
