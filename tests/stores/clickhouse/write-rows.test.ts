/** What one write inserts: each table's rows together, whoever collected them. */
import { expect, test } from "@jest/globals";
import type { SeriesConnection } from "../../../stores/clickhouse/series-connection.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { layouts } from "../../contracts/series-fixtures.ts";
import { historyPart, historyRow, now, row } from "../../contracts/series-rows.ts";

test("rows of several partitions go into one insert a table, in order", async () => {
  const inserts: { readonly table: string; readonly lines: readonly string[] }[] = [];
  const connection: SeriesConnection = {
    insert: async ({ table, body }) => {
      inserts.push({ table, lines: Buffer.from(body).toString().trimEnd().split("\n") });
    },
    query: async () => [],
    command: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using store = createSeriesStore(connection);
  await store.prepare(1, layouts);
  const buckets = (item: string) =>
    ({ table: "series_ItemActivity", kind: "buckets", rows: [row(item, now)] }) as const;
  const history = (partition: number) =>
    historyPart(
      store,
      [1, 2].map((offset) => historyRow(offset, { partition })),
    );
  await store.write({ generation: 1, rows: [history(0), buckets("a"), history(1), buckets("b")], fences: {} });
  const places = inserts.map(({ table, lines }) => [
    table,
    lines.map((line) => line.split("\t").slice(0, 2).join(" ")),
  ]);
  expect(places.filter(([table]) => table === "g1_dwd_Measured")).toEqual([
    ["g1_dwd_Measured", ["0 1", "0 2", "1 1", "1 2"]],
  ]);
  const series = inserts.filter(({ table }) => table === "g1_series_ItemActivity");
  expect(series.map(({ lines }) => lines.map((line) => line.split("\t")[0]))).toEqual([["a", "b"]]);
});
