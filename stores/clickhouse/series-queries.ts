/** The SQL of every read, with values as parameters. `FINAL` keeps one row a key: the version that wins. */
import type { HistoryTable, RankingTable, SeriesTable } from "../../schema/layout/series-layout.ts";
import type { EventField } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import { nullColumn, quoted, systemColumns } from "./table-shape.ts";

/** Bounds on one read. */
export interface ReadLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

interface Read<Layout> {
  readonly physical: string;
  readonly layout: Layout;
}

const bucket = quoted(systemColumns.bucket);
const inRange =
  `${bucket} >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ` +
  `${bucket} < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/**
 * Rows: key, bucket start in ms, other dimensions, measures. Parameters: `keys`, `from`, `to`, `every`, and `limit` where
 * `limited`: then only the first so many rows of each key.
 */
export function seriesSql(
  { physical, layout }: Read<SeriesTable>,
  { dimension, limited }: { readonly dimension: string; readonly limited: boolean },
  limits: ReadLimits,
): string {
  const others = layout.dimensions.filter((name) => name !== dimension).map(quoted);
  const ms = `toUnixTimestamp64Milli(${bucket})`;
  const start = `${ms} - positiveModulo(${ms}, {every:Int64})`;
  const groups = [quoted(dimension), "__start", ...others];
  const selected = [quoted(dimension), `${start} AS __start`, ...others, ...layout.measures.map(aggregate)];
  const first = limited ? `ORDER BY ${groups.join(", ")} LIMIT {limit:UInt64} BY ${quoted(dimension)} ` : "";
  return (
    `SELECT ${selected.join(", ")} FROM ${quoted(physical)} FINAL ` +
    `WHERE ${quoted(dimension)} IN {keys:Array(String)} AND ${inRange} ` +
    `GROUP BY ${groups.join(", ")} ${first}${settings(limits)}`
  );
}

/**
 * Rows: key, measures, in order. Parameters: `from`, `to`, `limit`. A ranking by a distinct has all keys, unordered: its
 * estimate is not computed by the engine.
 */
export function rankingSql({ physical, layout }: Read<RankingTable>, measure: string, limits: ReadLimits): string {
  const index = layout.measures.findIndex(({ name }) => name === measure);
  const ranked = `__m${index}`;
  const key = quoted(layout.dimension);
  const aggregates = layout.measures.map((metric, i) => `${aggregate(metric)} AS __m${i}`);
  const ordered =
    layout.measures[index]?.function === "distinct"
      ? ""
      : `HAVING ${ranked} != 0 ORDER BY ${ranked} DESC, ${key} ASC LIMIT {limit:UInt32} `;
  return (
    `SELECT ${[key, ...aggregates].join(", ")} FROM ${quoted(physical)} FINAL ` +
    `WHERE ${inRange} GROUP BY ${key} ${ordered}${settings(limits)}`
  );
}

/** Rows: offset, append time, id, fields. Parameters: `partition`, `from`, `limit`. */
export function historySql({ physical, layout }: Read<HistoryTable>, limits: ReadLimits): string {
  const { partition, offset, appendTime, id } = systemColumns;
  const selected = [quoted(offset), `toUnixTimestamp64Milli(${quoted(appendTime)})`, quoted(id)];
  return (
    `SELECT ${[...selected, ...layout.columns.map(readField)].join(", ")} FROM ${quoted(physical)} FINAL ` +
    `WHERE ${quoted(partition)} = {partition:UInt32} AND ${quoted(offset)} >= {from:Int64} ` +
    `ORDER BY ${quoted(offset)} LIMIT {limit:UInt64} ${settings(limits)}, max_threads = 1`
  );
}

function readField(field: EventField): string {
  const column = quoted(field.name);
  if (!field.list) return field.type.kind === "dateTime" ? `toUnixTimestamp64Milli(${column})` : column;
  const list = field.type.kind === "dateTime" ? `arrayMap(x -> toUnixTimestamp64Milli(x), ${column})` : column;
  return field.nullable ? `${list}, ${quoted(nullColumn(field.name))}` : list;
}

function aggregate(metric: Metric): string {
  const column = quoted(metric.name);
  switch (metric.function) {
    case "min":
    case "max":
      return `${metric.function}(${column})`;
    case "distinct":
      return `groupUniqArrayArray(${column})`;
    case "count":
    case "sum":
    case "latest":
    case "first":
      return `sum(${column})`;
  }
}

function settings(limits: ReadLimits): string {
  return (
    `SETTINGS max_execution_time = ${limits.timeoutMs / 1000}, max_memory_usage = ${limits.maxBytes}, ` +
    `output_format_json_quote_64bit_integers = 1`
  );
}
