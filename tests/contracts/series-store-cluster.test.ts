/** Binds the series store's contract to the tables of a cluster: local tables for rows, Distributed tables for reads. */
import { afterAll, beforeAll } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSeriesStore } from "../../stores/clickhouse/series-store.ts";
import { clusterPlacement } from "../../stores/distributed/clickhouse/cluster-placement.ts";
import { connectClickHouse } from "../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { localClusterConfig, placed, withoutReplicas } from "../support/local-cluster.ts";
import { startTestClickHouse, type TestClickHouse } from "../support/start-clickhouse.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../support/temporary-folder.ts";
import { layouts } from "./series-fixtures.ts";
import { seriesStoreContract } from "./series-store.contract.ts";

let folder: TemporaryFolder;
let clickhouse: TestClickHouse;
beforeAll(async () => {
  folder = await openTemporaryFolder();
  const configFile = join(folder.path, "cluster.xml");
  await writeFile(configFile, localClusterConfig("one_shard", 1));
  clickhouse = await startTestClickHouse({ configFile });
  // A cluster's database is made `ON CLUSTER`, which this engine does not do.
  await using connection = connectClickHouse({ url: clickhouse.url, database: "onefold", cluster: null });
  await connection.query("SELECT 1", {});
});
afterAll(async () => {
  await clickhouse[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

seriesStoreContract("tables of a ClickHouse cluster", async (tables = layouts) => {
  const { url } = clickhouse;
  const cluster = { name: "one_shard", shards: [[url]] } as const;
  const connection = connectClickHouse({ url, database: "onefold", cluster });
  const store = createSeriesStore(placed(connection, withoutReplicas(clusterPlacement(cluster, "onefold"))));
  await store.drop(1);
  await store.drop(11);
  await store.prepare(1, tables);
  return store;
});
