/** Every statement that a cluster's tables need stands in a golden file, and the real engine can parse it. */
import { describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fenceShape } from "../../../../stores/clickhouse/fence-table.ts";
import { tableShape } from "../../../../stores/clickhouse/table-shape.ts";
import { clusterPlacement, createDatabaseSql } from "../../../../stores/distributed/clickhouse/cluster-placement.ts";
import { connectSeries } from "../../../../stores/embedded/series-connection.ts";
import { layouts } from "../../../contracts/series-fixtures.ts";
import { openEmbeddedSeries } from "../../../support/embedded-series.ts";

const cluster = {
  name: "main-cluster",
  shards: [
    ["http://a1:8123", "http://a2:8123"],
    ["http://b1:8123", "http://b2:8123"],
  ],
} as const;
const placement = clusterPlacement(cluster, "one-fold");

/** File of tests/…/golden to its statements. */
const files: Readonly<Record<string, readonly string[]>> = {
  "database.sql": [createDatabaseSql("one-fold", null), createDatabaseSql("one-fold", cluster)],
  "fences.sql": placement.createTable("g1_fences", fenceShape),
  ...Object.fromEntries(
    layouts.map((layout) => [`${layout.name}.sql`, placement.createTable(`g1_${layout.name}`, tableShape(layout))]),
  ),
  "drop.sql": ["g1_fences", placement.insertInto("g1_fences")].map((table) => placement.dropTable(table)),
};

describe("the DDL of a cluster", () => {
  test.each(Object.entries(files))("in golden/%s is current", async (name, statements) => {
    const golden = await readFile(join(import.meta.dirname, "golden", name), "utf8");
    expect(statements.map((statement) => `${statement};\n`).join("\n")).toBe(golden);
  });

  test("is understood by the engine as it is meant", async () => {
    await using series = await openEmbeddedSeries();
    await using connection = connectSeries(series.server.connect());
    for (const statement of Object.values(files).flat()) {
      const [[formatted] = []] = await connection.query("SELECT formatQuery({statement:String})", { statement });
      const text = String(formatted);
      expect(text.includes("ON CLUSTER `main-cluster`")).toBe(statement.includes("ON CLUSTER"));
      if (statement.includes("Replicated")) expect(text).toMatch(/ENGINE = ReplicatedReplacingMergeTree(\(\w+\))?\n/);
      if (statement.includes("Distributed(")) {
        expect(text).toMatch(/ENGINE = Distributed\(`main-cluster`, `one-fold`, \w+_local\)/);
      }
    }
  });
});
