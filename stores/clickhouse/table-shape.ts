/** From a table's layout to its ClickHouse columns, keys and DDL. The one place that knows names and types. */
import { OnefoldError } from "../../schema/errors.ts";
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import type { EventField } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import type { ScalarType } from "../../schema/model/value.ts";

/** GraphQL reserves names that begin with two underscores, so these meet no declared name. */
export const systemColumns = {
  partition: "__partition",
  offset: "__offset",
  appendTime: "__appendTime",
  id: "__id",
  bucket: "__bucket",
  epoch: "__epoch",
  to: "__to",
} as const;

/** `type` is spelled as `system.columns` spells it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

export interface TableShape {
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  /** The column whose greatest value wins among rows of one key; null: the row written last. */
  readonly version: string | null;
  readonly retainMs: number | null;
  /** Settings of the table as they stand in its DDL. */
  readonly settings: string | null;
}

const time = "DateTime64(3, 'UTC')";

/** Granules of 1,024 rows: an entity's series is read through a few of them, not through 8,192 rows each. */
const GRANULE_ROWS = 1024;

/** Rows reach the disk before their fence does, so that after a power failure no fence tells of rows that are gone. */
const rowSettings = `index_granularity = ${GRANULE_ROWS}, fsync_after_insert = 1, fsync_part_directory = 1`;

export function tableShape(layout: TableLayout): TableShape {
  const of = systemColumns;
  if (layout.kind === "history") {
    return {
      columns: [
        { name: of.partition, type: "UInt32" },
        { name: of.offset, type: "Int64" },
        { name: of.appendTime, type: time },
        { name: of.id, type: "String" },
        ...layout.columns.flatMap(fieldColumns),
      ],
      key: [of.partition, of.offset],
      version: null,
      retainMs: null,
      settings: rowSettings,
    };
  }
  const dimensions = layout.kind === "series" ? layout.dimensions : [layout.dimension];
  const dimensionsFirst = layout.kind === "series";
  return {
    columns: [
      ...dimensions.map((name) => ({ name, type: "String" })),
      { name: of.bucket, type: time },
      { name: of.partition, type: "UInt32" },
      { name: of.epoch, type: "Int64" },
      { name: of.to, type: "Int64" },
      ...layout.measures.map((metric) => ({ name: metric.name, type: measureType(metric) })),
    ],
    key: [...(dimensionsFirst ? [...dimensions, of.bucket] : [of.bucket, ...dimensions]), of.partition, of.epoch],
    version: of.to,
    retainMs: layout.retainMs,
    settings: rowSettings,
  };
}

/** A field's own column; a list that may be null has a second one, since an array cannot be null. */
export function fieldColumns(field: EventField): readonly Column[] {
  const scalar = scalarType(field.type);
  if (!field.list) return [{ name: field.name, type: field.nullable ? nullableType(scalar) : scalar }];
  const list = { name: field.name, type: `Array(${nullableType(scalar)})` };
  return field.nullable ? [list, { name: nullColumn(field.name), type: "Bool" }] : [list];
}

export function nullColumn(field: string): string {
  return `__null_${field}`;
}

function nullableType(scalar: string): string {
  return scalar === "LowCardinality(String)" ? "LowCardinality(Nullable(String))" : `Nullable(${scalar})`;
}

function scalarType(type: ScalarType): string {
  switch (type.kind) {
    case "id":
    case "string":
      return "String";
    case "enum":
      return "LowCardinality(String)";
    case "int":
    case "long":
    case "decimal":
      return "Int64";
    case "float":
      return "Float64";
    case "boolean":
      return "Bool";
    case "dateTime":
      return time;
  }
}

/** A distinct's registers stand as `register × 256 + rank`: most rows have few of the 4,096. */
function measureType(metric: Metric): string {
  switch (metric.function) {
    case "count":
    case "sum":
      return "Int64";
    case "distinct":
      return "Array(UInt32)";
    case "min":
    case "max":
      return isFloat(metric) ? "Nullable(Float64)" : "Nullable(Int64)";
    case "latest":
    case "first":
      throw new OnefoldError("INTERNAL", `A series cannot hold ${metric.name}: ${metric.function} is no measure.`);
  }
}

export function isFloat(metric: Metric): boolean {
  return metric.type.kind === "float";
}

/** Where a table is created, and by which engine. */
export interface TableEngine {
  /** Its rows of one key replace each other. @default "ReplacingMergeTree" */
  readonly replacing?: string;
  /** ` ON CLUSTER …`. @default nothing */
  readonly onCluster?: string;
}

export function createTableSql(table: string, shape: TableShape, engine: TableEngine = {}): string {
  const { replacing = "ReplacingMergeTree", onCluster = "" } = engine;
  const version = shape.version === null ? "" : quoted(shape.version);
  const retain =
    shape.retainMs === null
      ? ""
      : `\nTTL ${quoted(systemColumns.bucket)} + INTERVAL ${Math.ceil(shape.retainMs / 1000)} SECOND`;
  const settings = shape.settings === null ? "" : `\nSETTINGS ${shape.settings}`;
  return (
    `CREATE TABLE IF NOT EXISTS ${quoted(table)}${onCluster} (\n${columnList(shape)}\n)\n` +
    `ENGINE = ${replacing}(${version})\nORDER BY (${shape.key.map(quoted).join(", ")})${retain}${settings}`
  );
}

/** The columns of a table's DDL, a line each. */
export function columnList(shape: TableShape): string {
  return shape.columns.map(({ name, type }) => `  ${quoted(name)} ${type}`).join(",\n");
}

/** Refuses what no declaration can contain, since names stand in SQL text. */
export function quoted(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new OnefoldError("INTERNAL", `${JSON.stringify(name)} is no column or table name.`);
  return `\`${name}\``;
}
