/** Runs the reads and turns their rows into the port's values: members to keys, text to int64, registers to estimates. */
import { OnefoldError } from "../../schema/errors.ts";
import type { EventField } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64, normalizeInt64, type Int64, type StandardValue } from "../../schema/model/value.ts";
import type {
  HistoryRow,
  RankingEntry,
  RankingRead,
  SeriesPoint,
  SeriesRead,
  SeriesStore,
} from "../ports/series-store.ts";
import { estimate, sketchOfRegisters, SKETCH_REGISTERS } from "../ports/sketch.ts";
import type { PreparedTable } from "./prepared-table.ts";
import type { Cell, SeriesConnection } from "./series-connection.ts";
import { historySql, rankingSql, seriesSql, type ReadLimits } from "./series-queries.ts";

/** Where reads go, and how far one may. */
export interface ReadSource {
  readonly connection: SeriesConnection;
  readonly limits: ReadLimits;
}

/** A measure while parts are still being combined: registers by register, not yet an estimate. */
type Combined = Int64 | Uint8Array | null;

interface OpenPoint {
  readonly bucket: number;
  readonly dimensions: readonly string[];
  measures: readonly Combined[];
}

export async function readSeries(
  { connection, limits }: ReadSource,
  { layout, physical }: PreparedTable,
  read: SeriesRead,
): Promise<readonly (readonly SeriesPoint[])[]> {
  if (layout.kind !== "series" || !layout.dimensions.includes(read.dimension))
    throw unreadable(read.table, read.dimension);
  const members = [...new Set(read.keys.flat())];
  if (members.length === 0 || !(read.from < read.to)) return read.keys.map(() => []);

  const rows = await connection.query(seriesSql({ physical, layout }, read.dimension, limits), {
    keys: members,
    from: clampTime(read.from),
    to: clampTime(read.to),
    every: read.everyMs,
  });
  const otherCount = layout.dimensions.length - 1;
  const pointsOf = new Map<string, OpenPoint[]>();
  for (const [member, bucket, ...rest] of rows) {
    const point: OpenPoint = {
      bucket: Number(bucket),
      dimensions: rest.slice(0, otherCount).map(String),
      measures: layout.measures.map((metric, i) => combinedCell(metric, rest[otherCount + i] ?? null)),
    };
    const points = pointsOf.get(String(member));
    if (points === undefined) pointsOf.set(String(member), [point]);
    else points.push(point);
  }
  return read.keys.map((key) => {
    const parts = [...new Set(key)].map((member) => pointsOf.get(member) ?? []);
    return combinePoints(parts, layout.measures).sort(byBucket).map(closePoint);
  });
}

export async function readRanking(
  { connection, limits }: ReadSource,
  { layout, physical }: PreparedTable,
  read: RankingRead,
): Promise<readonly RankingEntry[]> {
  const index = layout.kind === "ranking" ? layout.measures.findIndex(({ name }) => name === read.measure) : -1;
  if (layout.kind !== "ranking" || index < 0) throw unreadable(read.table, read.measure);
  const rows = await connection.query(rankingSql({ physical, layout }, read.measure, limits), {
    from: clampTime(read.from),
    to: clampTime(read.to),
    limit: read.limit,
  });
  const entries = rows.map(([key, ...cells]): RankingEntry => ({
    key: String(key),
    measures: layout.measures.map((metric, i) => closeMeasure(combinedCell(metric, cells[i] ?? null))),
  }));
  if (layout.measures[index]?.function !== "distinct") return entries;
  const rank = (entry: RankingEntry): number => Number(entry.measures[index] ?? 0);
  return entries
    .filter((entry) => rank(entry) > 0)
    .sort((a, b) => rank(b) - rank(a) || compareBytes(a.key, b.key))
    .slice(0, read.limit);
}

export async function readHistory(
  { connection, limits }: ReadSource,
  { layout, physical }: PreparedTable,
  read: Parameters<SeriesStore["readHistory"]>[0],
): Promise<readonly HistoryRow[]> {
  if (layout.kind !== "history") throw unreadable(read.table, "history");
  const rows = await connection.query(historySql({ physical, layout }, limits), {
    partition: read.partition,
    from: read.from,
    limit: read.limit,
  });
  return rows.map(([offset, appendTime, id, ...cells]) => ({
    partition: read.partition,
    offset: Number(offset),
    appendTime: Number(appendTime),
    id: String(id),
    values: readFields(layout.columns, cells),
  }));
}

function readFields(fields: readonly EventField[], cells: readonly Cell[]): readonly StandardValue[] {
  let at = 0;
  const values: StandardValue[] = [];
  for (const field of fields) {
    const cell = cells[at++] ?? null;
    const isNull = field.list && field.nullable ? cells[at++] === true : cell === null;
    values[field.index] = isNull ? null : readValue(field, cell);
  }
  return values;
}

/** 64-bit integers come as text; all others come as they are. */
function readValue(field: EventField, cell: Cell): StandardValue {
  if (Array.isArray(cell)) return cell.map((element: Cell) => (element === null ? null : readValue(field, element)));
  switch (field.type.kind) {
    case "int":
    case "long":
    case "decimal":
    case "dateTime":
      return Number(cell);
    case "id":
    case "string":
    case "enum":
    case "float":
    case "boolean":
      return cell;
  }
}

function combinedCell(metric: Metric, cell: Cell): Combined {
  if (cell === null) return null;
  if (metric.function !== "distinct") return typeof cell === "number" ? cell : int64(String(cell));
  const registers = new Uint8Array(SKETCH_REGISTERS);
  for (const entry of cell as readonly number[]) {
    const register = entry >>> 8;
    registers[register] = Math.max(registers[register] ?? 0, entry & 0xff);
  }
  return registers;
}

function int64(text: string): Int64 {
  return text.length < 16 ? Number(text) : normalizeInt64(BigInt(text));
}

/** Combines the points of several members that have the same bucket and dimensions. */
function combinePoints(parts: readonly (readonly OpenPoint[])[], metrics: readonly Metric[]): OpenPoint[] {
  const [only] = parts;
  if (only === undefined) return [];
  if (parts.length === 1) return [...only];
  const combined = new Map<string, OpenPoint>();
  for (const point of parts.flat()) {
    const key = JSON.stringify([point.bucket, ...point.dimensions]);
    const other = combined.get(key);
    const measures = metrics.map((metric, i) => combine(metric, other?.measures[i] ?? null, point.measures[i] ?? null));
    combined.set(key, { ...point, measures });
  }
  return [...combined.values()];
}

function combine(metric: Metric, a: Combined, b: Combined): Combined {
  if (a === null || b === null) return a ?? b;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? a.map((rank, i) => Math.max(rank, b[i] ?? 0)) : a;
  if (b instanceof Uint8Array) return b;
  switch (metric.function) {
    case "min":
      return a <= b ? a : b;
    case "max":
      return a >= b ? a : b;
    case "count":
    case "sum":
    case "distinct":
    case "latest":
    case "first":
      return addInt64(a, b);
  }
}

function byBucket(a: OpenPoint, b: OpenPoint): number {
  if (a.bucket !== b.bucket) return a.bucket - b.bucket;
  for (let i = 0; i < a.dimensions.length; i++) {
    const order = compareBytes(a.dimensions[i] ?? "", b.dimensions[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function closePoint({ bucket, dimensions, measures }: OpenPoint): SeriesPoint {
  return { bucket, dimensions, measures: measures.map(closeMeasure) };
}

function closeMeasure(measure: Combined): Int64 | null {
  return measure instanceof Uint8Array ? estimate(sketchOfRegisters(measure)) : measure;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Keeps bounds such as ±Infinity within what a JavaScript date can be. */
function clampTime(ms: number): number {
  return Math.max(-8.64e15, Math.min(8.64e15, Math.ceil(ms)));
}

function unreadable(table: string, what: string): OnefoldError {
  return new OnefoldError("INTERNAL", `Table ${table} cannot be read by ${what}.`);
}
