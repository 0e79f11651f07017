/** Points of series: one query reads those of many members, and a series combines those of its own. */
import type { SeriesTable } from "../../schema/layout/series-layout.ts";
import type { Metric } from "../../schema/model/metric.ts";
import type { SeriesPoint } from "../ports/series-store.ts";
import { closeMeasure, combine, combinedCell, type Combined } from "./measure-cells.ts";
import { clampTime, compareBytes } from "./read-bounds.ts";
import type { ReadSource } from "./read-tables.ts";
import { seriesSql } from "./series-queries.ts";

/** A bucket of one member, while members are still being combined. */
export interface OpenPoint {
  readonly bucket: number;
  readonly dimensions: readonly string[];
  readonly measures: readonly Combined[];
}

export type PointsByMember = ReadonlyMap<string, readonly OpenPoint[]>;

/** What one query answers, whatever members it reads. */
export interface PointQuery {
  readonly physical: string;
  readonly layout: SeriesTable;
  readonly dimension: string;
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
  /** At most so many points of each member: the first. */
  readonly limit: number;
}

/** Members without points are left out. */
export async function queryPoints(
  { connection, limits }: ReadSource,
  query: PointQuery,
  members: readonly string[],
): Promise<PointsByMember> {
  const { layout, dimension, limit, everyMs } = query;
  const [from, to] = [clampTime(query.from), clampTime(query.to)];
  const otherCount = layout.dimensions.length - 1;
  // Without other dimensions a bucket is one row.
  const limited = otherCount > 0 ? Number.isFinite(limit) : spannedBuckets(query) > limit;
  const rows = await connection.query(seriesSql(query, { dimension, limited }, limits), {
    keys: members,
    from,
    to,
    every: everyMs,
    ...(limited ? { limit } : {}),
  });
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
  return pointsOf;
}

/** How many buckets the range touches, empty ones included. */
export function spannedBuckets({ from, to, everyMs }: PointQuery): number {
  return (clampTime(to) - clampTime(from)) / everyMs + 1;
}

/** The series of one entity, from the points of its members. */
export function combineMembers(
  { layout, limit }: PointQuery,
  pointsOf: PointsByMember,
  members: readonly string[],
): readonly SeriesPoint[] {
  const parts = [...new Set(members)].map((member) => pointsOf.get(member) ?? []);
  return combinePoints(parts, layout.measures).sort(byBucket).slice(0, limit).map(closePoint);
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
