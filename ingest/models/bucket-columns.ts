/** The open buckets of one series table, column by column: hundreds of thousands of them cost the garbage collector nothing. */
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64 } from "../../schema/model/value.ts";
import type { BucketRow, MeasureValue } from "../../stores/ports/series-store.ts";
import { emptySketch, mergeSketches } from "../../stores/ports/sketch.ts";
import { TakenBuckets } from "./taken-buckets.ts";
import type { TextNumbers } from "./text-numbers.ts";

const FREE = -1;
const INITIAL = 1024;

/**
 * Buckets are numbered in the order they were opened, and found by open addressing over their place: the numbers of their
 * dimension values, and their start. `clear` forgets all.
 */
export class BucketColumns {
  readonly #metrics: readonly Metric[];
  /** How many dimensions a bucket has. */
  readonly #width: number;
  #count = 0;
  #places: Int32Array;
  #starts = new Float64Array(INITIAL);
  /** Safe integers and floats; NaN where the value is null or stands in `#wide`. */
  #values: Float64Array;
  #dirty = new Uint8Array(INITIAL);
  /** At most half full. */
  #slots = new Int32Array(INITIAL * 2).fill(FREE);
  /** Sketches, and sums beyond 2^53, by place in `#values`. */
  readonly #wide = new Map<number, Exclude<MeasureValue, number | null>>();
  #dirtyNumbers: number[] = [];

  constructor(metrics: readonly Metric[], width: number) {
    this.#metrics = metrics;
    this.#width = width;
    this.#places = new Int32Array(INITIAL * width);
    this.#values = new Float64Array(INITIAL * metrics.length);
  }

  /** The number of the bucket at this place, opened if it is new. `place`: one number a dimension. */
  bucket(place: readonly number[], start: number): number {
    if (this.#count === this.#starts.length) this.#grow();
    const mask = this.#slots.length - 1;
    for (let slot = placeHash(place, 0, this.#width, start) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? FREE;
      if (number === FREE) return this.#open(slot, place, start);
      if (this.#stands(number, place, start)) return number;
    }
  }

  #stands(number: number, place: readonly number[], start: number): boolean {
    if (this.#starts[number] !== start) return false;
    for (let i = 0; i < this.#width; i++) if (this.#places[number * this.#width + i] !== place[i]) return false;
    return true;
  }

  #open(slot: number, place: readonly number[], start: number): number {
    const number = this.#count++;
    this.#slots[slot] = number;
    this.#starts[number] = start;
    for (let i = 0; i < this.#width; i++) this.#places[number * this.#width + i] = place[i] ?? 0;
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

  /** The rows of buckets that were marked since the last call. `texts`: one table of numbers a dimension. */
  takeDirty(place: Pick<BucketRow, "partition" | "epoch" | "to">, texts: readonly TextNumbers[]): TakenBuckets {
    const taken = this.#dirtyNumbers;
    this.#dirtyNumbers = [];
    const width = this.#width;
    const measures = this.#metrics.length;
    const numbers = new Int32Array(taken.length * width);
    const values = new Float64Array(taken.length * measures);
    const others = new Map<number, MeasureValue>();
    taken.forEach((bucket, row) => {
      this.#dirty[bucket] = 0;
      for (let i = 0; i < width; i++) numbers[row * width + i] = this.#places[bucket * width + i] ?? 0;
      for (let i = 0; i < measures; i++) {
        const value = this.#values[bucket * measures + i] ?? Number.NaN;
        values[row * measures + i] = value;
        if (Number.isNaN(value)) others.set(row * measures + i, this.#other(bucket, i));
      }
    });
    const starts = Float64Array.from(taken, (bucket) => this.#starts[bucket] ?? 0);
    return new TakenBuckets({ place, starts, texts: texts.map((of) => of.all()), numbers, measures, values, others });
  }

  /** A measure that is not a plain number: a sketch, a sum beyond 2^53, or null. */
  #other(bucket: number, measure: number): MeasureValue {
    const wide = this.#wide.get(bucket * this.#metrics.length + measure);
    return wide ?? (this.#metrics[measure]?.function === "distinct" ? emptySketch : null);
  }

  clear(): void {
    this.#count = 0;
    this.#slots.fill(FREE);
    this.#wide.clear();
    this.#dirty.fill(0);
    this.#dirtyNumbers = [];
  }

  #grow(): void {
    this.#places = doubled(this.#places, Int32Array);
    this.#starts = doubled(this.#starts, Float64Array);
    this.#values = doubled(this.#values, Float64Array);
    this.#dirty = doubled(this.#dirty, Uint8Array);
    this.#slots = new Int32Array(this.#slots.length * 2).fill(FREE);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      const at = number * this.#width;
      let slot = placeHash(this.#places, at, this.#width, this.#starts[number] ?? 0) & mask;
      while (this.#slots[slot] !== FREE) slot = (slot + 1) & mask;
      this.#slots[slot] = number;
    }
  }
}

function doubled<A extends Int32Array | Float64Array | Uint8Array>(array: A, type: new (length: number) => A): A {
  const next = new type(array.length * 2);
  next.set(array);
  return next;
}

/** FNV-1a over the numbers at `from`, and the start in minutes. */
function placeHash(numbers: ArrayLike<number>, from: number, width: number, start: number): number {
  let hash = 0x811c9dc5 ^ Math.floor(start / 60_000);
  for (let i = 0; i < width; i++) hash = Math.imul(hash ^ (numbers[from + i] ?? 0), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 3;
}

function isSum(metric: Metric | undefined): boolean {
  return metric?.function === "count" || metric?.function === "sum";
}
