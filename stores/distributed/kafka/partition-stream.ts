/** One reader's place in one partition: what was fetched for it ahead of its reads, in order and bounded. */
import { Doorbell } from "../../ports/doorbell.ts";
import { committedRecords, type FetchedRecord } from "./committed-records.ts";
import type { FetchedPartition } from "./fetch-client.ts";

export interface TakeLimits {
  readonly maxRecords: number;
  /** Stops after the record that passes it. */
  readonly maxBytes: number;
}

/** What a stream holds of a fetched record: as little as its readers need, for what is kept ahead costs collection. */
export interface WrappedRecord {
  readonly offset: number;
  readonly value: Uint8Array;
}

export type Wrap<Wrapped extends WrappedRecord> = (record: FetchedRecord) => Wrapped;

export interface TakenRecords<Wrapped extends WrappedRecord> {
  readonly records: readonly Wrapped[];
  readonly next: number;
}

/** Nothing is fetched ahead beyond so many bytes. */
const maxAheadBytes = 4 * 1024 * 1024;
/** What a record takes besides its value. */
const recordBytes = 100;

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
  readonly #chunks: TakenRecords<Wrapped>[] = [];
  /** Records of the first chunk that were taken. */
  #taken = 0;
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
    const { records, next } = committedRecords(fetched.records, fetched.aborted, this.#fetchFrom);
    const reached = fetched.records.length === 0 && whole ? Math.max(next, fetched.stableEnd) : next;
    this.caughtUp = reached >= fetched.stableEnd;
    this.alone = reached === this.#fetchFrom && !this.caughtUp;
    this.failure = null;
    this.answers++;
    this.tries++;
    if (reached > this.#fetchFrom) {
      this.#fetchFrom = reached;
      const wrapped = records.map(this.#wrap);
      this.#chunks.push({ records: wrapped, next: reached });
      for (const record of wrapped) this.#aheadBytes += sizeOf(record);
    }
  }

  fail(error: unknown): void {
    this.failure = { error, since: this.failure?.since ?? performance.now() };
    this.tries++;
  }

  take(limits: TakeLimits): TakenRecords<Wrapped> {
    const records: Wrapped[] = [];
    let bytes = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      while (this.#taken < chunk.records.length && records.length < limits.maxRecords && bytes <= limits.maxBytes) {
        const record = chunk.records[this.#taken++];
        if (record === undefined) break;
        records.push(record);
        bytes += record.value.length;
        this.#aheadBytes -= sizeOf(record);
      }
      if (this.#taken < chunk.records.length) {
        const last = records.at(-1);
        if (last !== undefined) this.#position = last.offset + 1;
        break;
      }
      this.#position = chunk.next;
      this.#chunks.shift();
      this.#taken = 0;
    }
    return { records, next: this.#position };
  }
}

function sizeOf({ value }: WrappedRecord): number {
  return recordBytes + value.length;
}
