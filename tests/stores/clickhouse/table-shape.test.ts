/** The DDL that layouts give. */
import { describe, expect, test } from "@jest/globals";
import { createTableSql, quoted, tableShape } from "../../../stores/clickhouse/table-shape.ts";
import { layouts } from "../../contracts/series-fixtures.ts";

function ddl(name: string): string {
  const layout = layouts.find((table) => table.name === name);
  if (layout === undefined) throw new Error(name);
  return createTableSql(`g1_${name}`, tableShape(layout));
}

describe("the DDL", () => {
  test("of a series is ordered by dimensions, then bucket, and its greatest `to` wins", () => {
    expect(ddl("series_ItemActivity")).toBe(
      [
        "CREATE TABLE IF NOT EXISTS `g1_series_ItemActivity` (",
        "  `item` String,",
        "  `__bucket` DateTime64(3, 'UTC'),",
        "  `__partition` UInt32,",
        "  `__epoch` Int64,",
        "  `__to` Int64,",
        "  `views` Int64,",
        "  `total` Int64,",
        "  `least` Nullable(Int64),",
        "  `most` Nullable(Int64),",
        "  `visitors` Array(UInt32),",
        "  `hottest` Nullable(Float64)",
        ")",
        "ENGINE = ReplacingMergeTree(`__to`)",
        "ORDER BY (`item`, `__bucket`, `__partition`, `__epoch`)",
        "SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1",
      ].join("\n"),
    );
  });

  test("of a ranking is ordered by bucket first", () => {
    expect(ddl("ranking_hotItems")).toContain("ORDER BY (`__bucket`, `item`, `__partition`, `__epoch`)");
  });

  test("drops rows only where the declaration says how long they are kept", () => {
    expect(ddl("series_ItemActivity")).not.toContain("TTL");
    expect(ddl("series_ItemColors")).toContain("\nTTL `__bucket` + INTERVAL 3153600000 SECOND\n");
  });

  test("of history has a typed column for every field, and keeps null lists apart from empty ones", () => {
    const sql = ddl("dwd_Measured");
    expect(sql).toContain("ORDER BY (`__partition`, `__offset`)");
    expect(sql).toContain("`amount` Int64,");
    expect(sql).toContain("`color` LowCardinality(String),");
    expect(sql).toContain("`maybeColor` LowCardinality(Nullable(String)),");
    expect(sql).toContain("`maybeTags` Array(Nullable(String)),\n  `__null_maybeTags` Bool,");
  });

  test("takes no name that a declaration cannot contain", () => {
    expect(() => quoted("a`b")).toThrow("no column or table name");
  });
});
