/** Time-series models and the lists ranked from them. */
import type { Metric } from "./metric.ts";

export type Interval = "MINUTE" | "HOUR" | "DAY";

/** Buckets are UTC-aligned multiples of these. */
export const intervalMs: Readonly<Record<Interval, number>> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/** A dimension is an entity's carrier (`member:42`) or a plain event field. `column` names it in tables. */
export type Dimension =
  | { readonly kind: "entity"; readonly entity: string; readonly column: string }
  | { readonly kind: "field"; readonly field: number; readonly name: string; readonly column: string };

export interface SeriesModel {
  /** The GraphQL type name of one row: `ConsumerActivity`. */
  readonly name: string;
  readonly domain: string;
  readonly description: string | null;
  readonly event: string;
  readonly dimensions: readonly Dimension[];
  readonly every: readonly Interval[];
  /** The finest of `every`: the one that is stored; coarser buckets are summed from it when read. */
  readonly grainMs: number;
  /** Rows whose bucket is older than this are dropped; null: kept for ever. */
  readonly retainMs: number | null;
  /** count, sum, min, max or distinct. */
  readonly measures: readonly Metric[];
}

/** A list of the first N of a dimension by one measure, in the bucket that contains `at`. */
export interface RankingModel {
  /** The field of `Query`. */
  readonly name: string;
  readonly domain: string;
  /** The GraphQL type of one row: `rank`, measures, and the ranked entity. */
  readonly rowType: string;
  readonly series: string;
  readonly measure: string;
  readonly every: readonly Interval[];
  /** The finest of `every`: the bucket of its table. */
  readonly grainMs: number;
  readonly entity: string;
  /** The field of `rowType` that is the entity. */
  readonly entityField: string;
  readonly maxFirst: number;
}
