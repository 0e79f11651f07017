/** The open buckets of one series table, column by column: hundreds of thousands of them cost the garbage collector nothing. */
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64 } from "../../schema/model/value.ts";
import type { BucketRow, MeasureValue } from "../../stores/ports/series-store.ts";
import { emptySketch, mergeSketches } from "../../stores/ports/sketch.ts";

const SEPARATOR = "\u0000";

/** Buckets are numbered in the order they were opened. `clear` forgets all. */
export class BucketColumns {
  readonly #metrics: readonly Metric[];
  readonly #width: number;
  /** Dimension values and start as one text, to the bucket's number. */
  readonly #numbers = new Map<string, number>();
  readonly #keys: string[] = [];
  /** Safe integers and floats; NaN where the value is null or stands in `#wide`. */
  #values: Float64Array;
  #dirty: Uint8Array;
  /** Sketches, and sums beyond 2^53, by place in `#values`. */
  readonly #wide = new Map<number, Exclude<MeasureValue, number | null>>();
  #dirtyNumbers: number[] = [];

  /** `width`: how many dimensions a bucket has. */
  constructor(metrics: readonly Metric[], width: number) {
    this.#metrics = metrics;
    this.#width = width;
    this.#values = new Float64Array(metrics.length * 1024);
    this.#dirty = new Uint8Array(1024);
  }

  get dirtyCount(): number {
    return this.#dirtyNumbers.length;
  }

  /** The number of the bucket, opened if it is new. */
  bucket(dimensions: readonly string[], start: number): number {
    const place = dimensions.length === 1 ? (dimensions[0] ?? "") : JSON.stringify(dimensions);
    const key = place + SEPARATOR + String(start);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#keys.push(key) - 1;
    this.#numbers.set(key, number);
    if (number >= this.#dirty.length) this.#grow();
    const width = this.#metrics.length;
    for (let i = 0; i < width; i++) this.#values[number * width + i] = isSum(this.#metrics[i]) ? 0 : Number.NaN;
    return number;
  }

  /** Combines a value into one measure of a bucket. */
  combine(bucket: number, measure: number, value: Exclude<MeasureValue, null>): void {
    const at = bucket * this.#metrics.length + measure;
    const metric = this.#metrics[measure];
    if (typeof value === "object") {
      const known = this.#wide.get(at);
      this.#wide.set(at, mergeSketches(typeof known === "object" ? known : emptySketch, value));
      return;
    }
    const known = this.#values[at] ?? Number.NaN;
    if (isSum(metric)) {
      const sum = typeof value === "number" ? known + value : Number.NaN;
      if (Number.isSafeInteger(sum)) this.#values[at] = sum;
      else this.#addWide(at, value);
    } else if (typeof value === "number" && (Number.isNaN(known) || (metric?.function === "min") === value < known)) {
      this.#values[at] = value;
    }
  }

  #addWide(at: number, value: number | bigint): void {
    const wide = this.#wide.get(at);
    const sum = addInt64(typeof wide === "bigint" ? wide : (this.#values[at] ?? 0), value);
    if (typeof sum === "number") {
      this.#wide.delete(at);
      this.#values[at] = sum;
    } else {
      this.#wide.set(at, sum);
      this.#values[at] = Number.NaN;
    }
  }

  /** Notes that the bucket must be written; answers whether that was not known. */
  markDirty(bucket: number): boolean {
    if (this.#dirty[bucket] === 1) return false;
    this.#dirty[bucket] = 1;
    this.#dirtyNumbers.push(bucket);
    return true;
  }

  /** The rows of buckets that were marked since the last call. */
  takeDirty(place: Pick<BucketRow, "partition" | "epoch" | "to">): readonly BucketRow[] {
    const rows = this.#dirtyNumbers.map((number): BucketRow => {
      this.#dirty[number] = 0;
      const key = this.#keys[number] ?? "";
      const end = key.lastIndexOf(SEPARATOR);
      const bucket = Number(key.slice(end + 1));
      const { partition, epoch, to } = place;
      const dimensions = this.#readPlace(key.slice(0, end));
      return { dimensions, bucket, partition, epoch, to, measures: this.#measures(number) };
    });
    this.#dirtyNumbers = [];
    return rows;
  }

  #readPlace(place: string): readonly string[] {
    return this.#width === 1 ? [place] : (JSON.parse(place) as string[]);
  }

  #measures(bucket: number): readonly MeasureValue[] {
    return this.#metrics.map((metric, i) => {
      const at = bucket * this.#metrics.length + i;
      const value = this.#values[at] ?? Number.NaN;
      if (!Number.isNaN(value)) return value;
      return this.#wide.get(at) ?? (metric.function === "distinct" ? emptySketch : null);
    });
  }

  clear(): void {
    this.#numbers.clear();
    this.#keys.length = 0;
    this.#wide.clear();
    this.#dirty.fill(0);
    this.#dirtyNumbers = [];
  }

  #grow(): void {
    const values = new Float64Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
    const dirty = new Uint8Array(this.#dirty.length * 2);
    dirty.set(this.#dirty);
    this.#dirty = dirty;
  }
}

function isSum(metric: Metric | undefined): boolean {
  return metric?.function === "count" || metric?.function === "sum";
}
