/** The port of the series store: history (DWD) and time series as rows that replace themselves, and reads over them. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import type { Int64, StandardValue } from "../../schema/model/value.ts";
import type { Sequence } from "./sequence.ts";

/** A DWD row: (partition, offset) is its key. `values` follow the event's fields. */
export interface HistoryRow {
  readonly partition: number;
  readonly offset: number;
  /** Append time, epoch ms. */
  readonly appendTime: number;
  readonly id: string;
  readonly values: readonly StandardValue[];
}

/** What a measure adds up to in one row: an int64, or registers for distinct. Null: min or max over nothing. */
export type MeasureValue = Int64 | Uint8Array | null;

/** A series or ranking row with absolute values over [epoch start, `to`) of one partition. */
export interface BucketRow {
  readonly dimensions: readonly string[];
  /** Start, epoch ms. */
  readonly bucket: number;
  readonly partition: number;
  readonly epoch: number;
  readonly to: number;
  readonly measures: readonly MeasureValue[];
}

export type TableRows =
  | { readonly table: string; readonly kind: "history"; readonly rows: HistoryRows }
  | { readonly table: string; readonly kind: "buckets"; readonly rows: Sequence<BucketRow> };

/** History rows in the form of the store that made them, which is the only one that takes them. */
export interface HistoryRows {
  readonly length: number;
}

/** Collects history rows in the store's own form, so that what waits for a write is bytes and no objects. */
export interface HistoryBuffer {
  /** @throws INPUT_INVALID for a value that the store cannot hold */
  add(row: HistoryRow): void;
  /** Hands over what was added since the last call. */
  take(): HistoryRows;
}

export interface SeriesBatch {
  readonly generation: number;
  readonly rows: readonly TableRows[];
  /** Written after all rows are visible: what the store includes from then on. */
  readonly fences: CursorVector;
}

export interface SeriesRead {
  readonly generation: number;
  readonly table: string;
  /** The dimension that is read by, and per asked series the values it combines (the members of one entity). */
  readonly dimension: string;
  readonly keys: readonly (readonly string[])[];
  /** [from, to), epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
  /** At most so many points of each asked series: the first, in the order of the answer. @default all */
  readonly limit?: number;
}

/** One bucket of one asked series. Empty buckets are left out; ascending by bucket, then by the other dimensions. */
export interface SeriesPoint {
  readonly bucket: number;
  /** Values of the dimensions other than the one read by, in layout order. */
  readonly dimensions: readonly string[];
  /** In layout order; distinct as an estimate, all others as they are. */
  readonly measures: readonly (Int64 | null)[];
}

export interface RankingRead {
  readonly generation: number;
  readonly table: string;
  readonly measure: string;
  /** [from, to), epoch ms: one bucket of the asked interval. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

export interface RankingEntry {
  readonly key: string;
  readonly measures: readonly (Int64 | null)[];
}

export interface SeriesStore extends AsyncDisposable {
  /** Creates what is missing for a generation. Idempotent. An existing table of another shape is an error. */
  prepare(generation: number, tables: readonly TableLayout[]): Promise<void>;
  /** Makes a buffer for rows of one table. @throws INTERNAL when the table is not prepared */
  historyBuffer(generation: number, table: string): HistoryBuffer;
  /**
   * Writes rows, then fences. Not atomic: after a failure any part may be there, and writing it again, or a later state
   * of it, gives the same result. A row of a lower `to` never wins over one of a higher `to`. A fence never goes back.
   */
  write(batch: SeriesBatch): Promise<void>;
  /** What is included, per partition of the log. Read it before a query to say what the answer includes. */
  fences(generation: number): Promise<CursorVector>;
  /** Reads several series in one query: one list a key, in order. */
  readSeries(read: SeriesRead): Promise<readonly (readonly SeriesPoint[])[]>;
  /** The first entries by measure descending, then key ascending bytewise. Keys with measure 0 are left out. */
  readRanking(read: RankingRead): Promise<readonly RankingEntry[]>;
  /** History rows of one event and partition with offset ≥ `from`, ascending, at most `limit`: for a replay. */
  readHistory(read: {
    readonly generation: number;
    readonly table: string;
    readonly partition: number;
    readonly from: number;
    readonly limit: number;
  }): Promise<readonly HistoryRow[]>;
  /** The generations that have tables, ascending. */
  generations(): Promise<readonly number[]>;
  /** Drops a generation's tables and fences. Idempotent. */
  drop(generation: number): Promise<void>;
}
