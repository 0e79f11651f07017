/** Rows taken out of a bucket table: copied column by column, and made into objects one at a time while they are written. */
import type { BucketRow, MeasureValue } from "../../stores/ports/series-store.ts";

/** What the rows hold, each column in the order of the rows. */
export interface TakenColumns {
  readonly place: Pick<BucketRow, "partition" | "epoch" | "to">;
  readonly starts: Float64Array;
  /** One list of texts a dimension, by number. */
  readonly texts: readonly (readonly string[])[];
  /** The numbers of dimension values, row by row. */
  readonly numbers: Int32Array;
  /** How many measures a row has. */
  readonly measures: number;
  /** Row by row; NaN where the value is in `others`. */
  readonly values: Float64Array;
  /** By index into `values`. */
  readonly others: ReadonlyMap<number, MeasureValue>;
}

/** A stable copy: it may be gone through more than once. */
export class TakenBuckets implements Iterable<BucketRow> {
  readonly length: number;
  readonly #columns: TakenColumns;

  constructor(columns: TakenColumns) {
    this.length = columns.starts.length;
    this.#columns = columns;
  }

  *[Symbol.iterator](): Iterator<BucketRow> {
    const { place, starts, texts, numbers } = this.#columns;
    const { partition, epoch, to } = place;
    for (let row = 0; row < this.length; row++) {
      const dimensions: string[] = [];
      for (let i = 0; i < texts.length; i++) dimensions.push(texts[i]?.[numbers[row * texts.length + i] ?? 0] ?? "");
      yield { dimensions, bucket: starts[row] ?? 0, partition, epoch, to, measures: this.#measures(row) };
    }
  }

  #measures(row: number): readonly MeasureValue[] {
    const { measures, values, others } = this.#columns;
    const of: MeasureValue[] = [];
    for (let at = row * measures; at < (row + 1) * measures; at++) {
      const value = values[at] ?? Number.NaN;
      of.push(Number.isNaN(value) ? (others.get(at) ?? null) : value);
    }
    return of;
  }
}
