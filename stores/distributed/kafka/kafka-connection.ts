/** What the event log and the change feed need of Kafka: one producer, one admin and one reader a process. */

/** How to reach the brokers. */
export interface KafkaOptions {
  /** `host:port` of some brokers; the others are found from there. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Before each name of a topic and a group, so that several instances can share a cluster. @default "" */
  readonly namespace?: string;
  /** Copies of each new topic. @default 1 */
  readonly replicationFactor?: number;
  /** True: the system's certificate authorities. */
  readonly ssl?: boolean | KafkaTls;
  readonly sasl?: KafkaSasl;
  /** A broker that has not answered by then counts as lost. @default 30,000 ms */
  readonly requestTimeoutMs?: number;
  /** A member of a group that was not heard of for so long loses its partitions. @default 30,000 ms */
  readonly sessionTimeoutMs?: number;
}

/** PEM texts. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface KafkaSasl {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

/** A record as Kafka keeps it. */
export interface KafkaRecord {
  readonly offset: number;
  /** Epoch ms, or whatever number the producer gave. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface KafkaAppend {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer>>;
  readonly timestamp: number;
}

export interface KafkaChunk {
  readonly records: readonly KafkaRecord[];
  /** Where to read on: above the last record, and above gaps, markers and aborted records. */
  readonly next: number;
}

export interface KafkaReadOptions {
  readonly maxRecords: number;
  /** @default 8 MiB */
  readonly maxBytes?: number;
  /** Waits so long for the first record. @default 0 ms */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface KafkaRange {
  readonly partition: number;
  readonly start: number;
  /** First offset that a committed read does not see yet. */
  readonly end: number;
}

/** Names are given without the namespace. Every method throws OnefoldError STORE_UNAVAILABLE when no broker answers in time. */
export interface KafkaConnection extends AsyncDisposable {
  /** Creates a topic if it is absent, kept without limit of time (a trim forgets), and tells its partitions. */
  createTopic(topic: string, options: { readonly partitions: number; readonly compact?: boolean }): Promise<number>;
  /** Produces idempotently; resolves when all in-sync replicas have it. Gives the offset of each record. */
  produce(topic: string, records: readonly KafkaAppend[]): Promise<readonly number[]>;
  /** Reads committed records from `from` on, outside of any group; all readers of a process share one consumer. @throws LOG_GAP */
  read(topic: string, partition: number, from: number, options: KafkaReadOptions): Promise<KafkaChunk>;
  ranges(topic: string): Promise<readonly KafkaRange[]>;
  /** The first offset whose timestamp is at or above `timestamp`; the end if there is none. */
  offsetAtTimestamp(topic: string, partition: number, timestamp: number): Promise<number>;
  /** Forgets records below `before`. Idempotent. */
  trim(topic: string, partition: number, before: number): Promise<void>;
}
