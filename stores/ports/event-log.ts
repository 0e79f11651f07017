/** The port of the event log (ODS): raw events as they came, ordered per partition, durable once appended. */
import type { Sequence } from "./sequence.ts";

export interface TopicInfo {
  readonly topic: string;
  /** Identity of this incarnation of the topic: changes when it is deleted and made again. */
  readonly id: string;
  readonly partitions: number;
}

/** How the bytes of a record are to be read, and where they came from. Shared by all records of one append. */
export interface RecordOrigin {
  readonly format: "json" | "csv";
  /** For csv: the columns in order. */
  readonly columns?: readonly string[];
  /** Who appended: `file:<fingerprint>`, `http`, `graphql`, `generator`; tallies of outcomes are kept by it. */
  readonly producer: string;
  /** For people: the file's path as it was given. */
  readonly file?: string;
  /** W3C trace context of the append, where it is traced. */
  readonly traceparent?: string;
}

export interface AppendRecord {
  /** Events of one key keep their order: equal keys go to one partition. Null: the value's own bytes decide. */
  readonly key: string | null;
  readonly value: Uint8Array;
  /** Position at the producer (a file's line, 1-based); null where it has none. */
  readonly sequence: number | null;
}

/**
 * What a producer keeps with its records, replaced atomically with each append: a file source keeps the line it reached.
 * The append happens only if the stored version equals `expectedVersion` (0: none stored yet); otherwise nothing is
 * appended. Kept for ever, whatever the log's retention.
 */
export interface ProducerUpdate {
  readonly name: string;
  readonly expectedVersion: number;
  readonly state: string;
}

export interface ProducerState {
  readonly name: string;
  readonly version: number;
  readonly state: string;
}

export interface AppendBatch {
  readonly origin: RecordOrigin;
  readonly records: readonly AppendRecord[];
  /** Append time of all its records, UTC epoch milliseconds. */
  readonly time: number;
  readonly producer?: ProducerUpdate;
}

/** Where one appended record stands. */
export interface LogPosition {
  readonly partition: number;
  readonly offset: number;
}

export type AppendResult =
  { readonly kind: "appended"; readonly positions: readonly LogPosition[] } | { readonly kind: "producer-moved" };

export interface LogRecord {
  readonly offset: number;
  /** Append time, UTC epoch milliseconds. */
  readonly time: number;
  readonly sequence: number | null;
  readonly value: Uint8Array;
  readonly origin: RecordOrigin;
}

export interface LogChunk {
  readonly records: Sequence<LogRecord>;
  /** Where to read on: above the last record's offset, and above gaps. Equals `from` when nothing is there. */
  readonly next: number;
}

export interface PartitionRange {
  readonly partition: number;
  /** First offset still held. */
  readonly start: number;
  /** First offset not yet written. */
  readonly end: number;
}

export interface ReadOptions {
  /** @default 4096 records */
  readonly maxRecords?: number;
  /** Stops after the record that passes it. @default 8 MiB */
  readonly maxBytes?: number;
  /** Waits up to this long for the first record. @default 0 ms */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface EventLog extends AsyncDisposable {
  /** Creates a topic if it is absent and tells what is there. Idempotent; the partition count of an existing one stays. */
  createTopic(topic: string, options: { readonly partitions: number }): Promise<TopicInfo>;
  /**
   * Appends all records, or none. Order within a key is the batch's order. Resolves when they are durable: flushed to
   * disk, or acknowledged by all replicas.
   */
  append(topic: string, batch: AppendBatch): Promise<AppendResult>;
  /** Reads records in offset order from `from` on. A `from` below the start is an error. @throws LOG_GAP, LOG_CORRUPT */
  read(topic: string, partition: number, from: number, options?: ReadOptions): Promise<LogChunk>;
  /** Tells what each partition holds. */
  ranges(topic: string): Promise<readonly PartitionRange[]>;
  /** Lists producers whose name starts with `prefix`, in name order. */
  producers(prefix: string): Promise<readonly ProducerState[]>;
  /**
   * Joins a consumer group and yields this member's partitions, again after each rebalance, until `signal` aborts.
   * Each assignment's `lost` aborts as soon as it no longer holds.
   */
  join(group: string, topics: readonly string[], signal: AbortSignal): AsyncIterable<GroupAssignment>;
  /** Forgets records below `before`. Idempotent. */
  trim(topic: string, partition: number, before: number): Promise<void>;
}

export interface GroupAssignment {
  /** Grows with each rebalance of the group. */
  readonly epoch: number;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  readonly lost: AbortSignal;
}
