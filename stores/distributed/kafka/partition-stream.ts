/** One reader's place in one partition: what was fetched for it ahead of its reads, in order and bounded. */
import { Doorbell } from "../../ports/doorbell.ts";
import { committedRecords, endOfBatch, type FetchedBatch, type FetchedRecord } from "./committed-records.ts";
import type { Sequence } from "../../ports/sequence.ts";
import type { FetchedPartition } from "./fetch-client.ts";

export interface TakeLimits {
  readonly maxRecords: number;
  /** Stops after the record that passes it. */
  readonly maxBytes: number;
}

/** What a reader is given of a fetched record. */
export interface WrappedRecord {
  readonly offset: number;
}

export type Wrap<Wrapped extends WrappedRecord> = (record: FetchedRecord) => Wrapped;

export interface TakenRecords<Wrapped extends WrappedRecord> {
  readonly records: Sequence<Wrapped>;
  readonly next: number;
}

/** Nothing is fetched ahead beyond so many bytes. */
const maxAheadBytes = 4 * 1024 * 1024;
/** What one fetch gave. */
interface Fetched {
  readonly batches: readonly FetchedBatch[];
  /** Behind all of it. */
  readonly next: number;
}

/** The topic's name is that of the cluster. */
export interface StreamPlace {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
}

export class PartitionStream<Wrapped extends WrappedRecord = WrappedRecord> {
  readonly topic: string;
  readonly partition: number;
  /** Rings when a fetch has ended, one way or another. */
  readonly bell = new Doorbell();
  /** How many fetches were answered. */
  answers = 0;
  /** How many fetches were answered or failed. */
  tries = 0;
  /** How many reads began here. */
  reads = 0;
  /** A fetch is wanted or under way. */
  fetching = false;
  /** A read holds it. */
  busy = false;
  /** The last answer reached the end of what is decided. */
  caughtUp = false;
  /** The last answer held nothing for want of room, or because compaction left nothing: only alone can one tell. */
  alone = false;
  /** Failed tries since the last answer. */
  failure: { readonly error: unknown; readonly since: number } | null = null;
  /** The broker holds nothing at the place to fetch: it lies below the start or above the end. */
  outOfRange = false;
  /** By `performance.now()`. */
  lastRead = 0;
  /** When a read last waited here, by the same clock. */
  lastWait = -Infinity;
  #position: number;
  #fetchFrom: number;
  readonly #wrap: Wrap<Wrapped>;
  /** Fetched ahead, and decoded when it is taken. */
  readonly #fetched: Fetched[] = [];
  /** How many batches of the first fetch were begun, and what is left of the last of them. */
  #begun = 0;
  #left: Iterator<FetchedRecord, undefined> | null = null;
  #aheadBytes = 0;

  constructor({ topic, partition, from }: StreamPlace, wrap: Wrap<Wrapped>) {
    this.topic = topic;
    this.partition = partition;
    this.#wrap = wrap;
    this.#position = from;
    this.#fetchFrom = from;
  }

  /** Whether it gives records in this form. */
  wrapsBy<Other extends WrappedRecord>(wrap: Wrap<Other>): this is PartitionStream<Other> {
    return (this.#wrap as unknown) === wrap;
  }

  /** The offset that the next read begins at. */
  get position(): number {
    return this.#position;
  }

  /** The offset that the next fetch begins at. */
  get fetchFrom(): number {
    return this.#fetchFrom;
  }

  get isFull(): boolean {
    return this.#aheadBytes >= maxAheadBytes;
  }

  /** `whole`: the answer left nothing out for want of room, so that no records mean that there are none. */
  put(fetched: FetchedPartition, whole: boolean): void {
    const { batches, next } = committedRecords(fetched.batches, fetched.aborted, this.#fetchFrom);
    const reached = fetched.batches.length === 0 && whole ? Math.max(next, fetched.stableEnd) : next;
    this.caughtUp = reached >= fetched.stableEnd;
    this.alone = reached === this.#fetchFrom && !this.caughtUp;
    this.failure = null;
    this.answers++;
    this.tries++;
    if (reached > this.#fetchFrom) {
      this.#fetchFrom = reached;
      this.#fetched.push({ batches, next: reached });
      for (const { size } of batches) this.#aheadBytes += size;
    }
  }

  fail(error: unknown): void {
    this.failure = { error, since: this.failure?.since ?? performance.now() };
    this.tries++;
  }

  /** Batches that fit go on as they are, to be decoded while they are gone through; only what a limit cuts is decoded here. */
  take(limits: TakeLimits): TakenRecords<Wrapped> {
    const taken = new Taken(this.#wrap, limits);
    for (let fetched = this.#fetched[0]; fetched !== undefined; fetched = this.#fetched[0]) {
      const behind = this.#takeFrom(fetched, taken);
      if (behind !== null) {
        this.#position = behind;
        break;
      }
      this.#position = fetched.next;
      this.#fetched.shift();
      this.#begun = 0;
    }
    return { records: taken, next: this.#position };
  }

  /** Gives null where it took all, or the offset to go on from. */
  #takeFrom({ batches }: Fetched, taken: Taken<Wrapped>): number | null {
    let behind = this.#position;
    for (;;) {
      if (this.#left === null) {
        const batch = batches[this.#begun];
        if (batch === undefined) return null;
        if (taken.isFull) return behind;
        this.#begun++;
        this.#aheadBytes -= batch.size;
        behind = endOfBatch(batch.context);
        if (taken.addWhole(batch)) continue;
        this.#left = batch[Symbol.iterator]() as Iterator<FetchedRecord, undefined>;
      }
      while (!taken.isFull) {
        const { done, value } = this.#left.next();
        if (done === true) {
          this.#left = null;
          break;
        }
        behind = taken.add(value) + 1;
      }
      if (this.#left !== null) return behind;
    }
  }
}

/** What one read takes, up to its limits. */
class Taken<Wrapped extends WrappedRecord> implements Sequence<Wrapped> {
  readonly #wrap: Wrap<Wrapped>;
  readonly #limits: TakeLimits;
  /** Whole batches, and records of others. */
  readonly #parts: Iterable<FetchedRecord>[] = [];
  #length = 0;
  #bytes = 0;

  constructor(wrap: Wrap<Wrapped>, limits: TakeLimits) {
    this.#wrap = wrap;
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.#limits.maxRecords || this.#bytes > this.#limits.maxBytes;
  }

  /** Answers whether there was room for all of it. */
  addWhole(batch: FetchedBatch): boolean {
    const { maxRecords, maxBytes } = this.#limits;
    if (this.#length + batch.length > maxRecords || this.#bytes + batch.size > maxBytes) return false;
    this.#parts.push(batch);
    this.#length += batch.length;
    this.#bytes += batch.size;
    return true;
  }

  /** Answers the record's offset. */
  add(record: FetchedRecord): number {
    this.#parts.push([record]);
    this.#length++;
    this.#bytes += record.value?.length ?? 0;
    return Number(record.offset);
  }

  *[Symbol.iterator](): Generator<Wrapped, undefined> {
    for (const part of this.#parts) for (const record of part) yield this.#wrap(record);
  }
}
