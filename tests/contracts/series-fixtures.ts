/** The tables that the series contract is tested on: every column type, every measure, several dimensions. */
import { seriesLayout, type TableLayout } from "../../schema/layout/series-layout.ts";
import type { EventField, EventModel } from "../../schema/model/event.ts";
import type { Metric, MetricFunction } from "../../schema/model/metric.ts";
import type { RankingModel, SeriesModel } from "../../schema/model/series.ts";
import { intervalMs } from "../../schema/model/series.ts";
import type { ScalarType } from "../../schema/model/value.ts";

function field(index: number, name: string, type: ScalarType, form: Partial<EventField> = {}): EventField {
  return {
    name,
    index,
    type,
    list: false,
    nullable: false,
    description: null,
    path: [name],
    defaultValue: undefined,
    timeUnit: "iso",
    map: null,
    normalize: [],
    assertions: [],
    ...form,
  };
}

const color: ScalarType = { kind: "enum", name: "Color", values: ["red", "green"] };

export const fields: readonly EventField[] = [
  field(0, "id", { kind: "id" }),
  field(1, "name", { kind: "string" }),
  field(2, "ts", { kind: "dateTime" }),
  field(3, "amount", { kind: "decimal", scale: 2 }),
  field(4, "count", { kind: "long" }),
  field(5, "ratio", { kind: "float" }),
  field(6, "ok", { kind: "boolean" }),
  field(7, "color", color),
  field(8, "maybeName", { kind: "string" }, { nullable: true }),
  field(9, "maybeTime", { kind: "dateTime" }, { nullable: true }),
  field(10, "maybeCount", { kind: "int" }, { nullable: true }),
  field(11, "maybeColor", color, { nullable: true }),
  field(12, "tags", { kind: "string" }, { list: true }),
  field(13, "maybeTags", { kind: "string" }, { list: true, nullable: true }),
  field(14, "times", { kind: "dateTime" }, { list: true }),
  field(15, "maybeCounts", { kind: "int" }, { list: true, nullable: true }),
  field(16, "colors", color, { list: true }),
];

const event: EventModel = {
  name: "Measured",
  domain: "test",
  description: null,
  source: "measured",
  topic: "events.measured",
  match: [],
  fields,
  idField: 0,
  keyField: 1,
  timeField: 2,
  latenessMs: 0,
  futureMs: 0,
  assertions: [],
  identifiers: [],
  references: [],
};

function metric(name: string, of: MetricFunction, kind: "long" | "float" = "long"): Metric {
  return {
    name,
    function: of,
    event: event.name,
    field: of === "count" ? null : 4,
    type: { kind },
    where: null,
    window: null,
  };
}

const measures: readonly Metric[] = [
  metric("views", "count"),
  metric("total", "sum"),
  metric("least", "min"),
  metric("most", "max"),
  metric("visitors", "distinct"),
  metric("hottest", "max", "float"),
];

/** How many measures each fixture table has, in this order: count, sum, min, max, distinct, max of a float. */
export const measureCount = measures.length;

function series(name: string, columns: readonly string[], retainMs: number | null = null): SeriesModel {
  return {
    name,
    domain: "test",
    description: null,
    event: event.name,
    dimensions: columns.map((column, i) =>
      i === 0 ? { kind: "entity", entity: "Item", column } : { kind: "field", field: 7, name: column, column },
    ),
    every: ["MINUTE", "HOUR", "DAY"],
    grainMs: intervalMs.MINUTE,
    retainMs,
    measures,
  };
}

const ranking = (name: string, measure: string): RankingModel => ({
  name,
  domain: "test",
  rowType: "HotItem",
  series: "ItemActivity",
  measure,
  every: ["HOUR"],
  grainMs: intervalMs.HOUR,
  entity: "Item",
  entityField: "item",
  maxFirst: 100,
});

/** `dwd_Measured`, `series_ItemActivity` by item, `series_ItemColors` by item and color, `ranking_hotItems`. */
export const layouts: readonly TableLayout[] = seriesLayout({
  domains: [],
  sources: [],
  events: [event],
  entities: [],
  series: [series("ItemActivity", ["item"]), series("ItemColors", ["item", "color"], intervalMs.DAY * 36_500)],
  rankings: [ranking("hotItems", "views")],
  fingerprint: "",
});

/** The same names with another measure, or another column. */
export const changedLayouts: readonly TableLayout[] = layouts.map((layout) =>
  layout.kind === "history"
    ? { ...layout, columns: layout.columns.slice(1) }
    : { ...layout, measures: [...layout.measures, metric("carts", "count")] },
);
