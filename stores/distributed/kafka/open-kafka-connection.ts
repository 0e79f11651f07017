/** The connection to Kafka that the stores of a process share: opened at first use, recovering by itself. */
import type { FetchedRecord } from "./committed-records.ts";
import { namespaced } from "./kafka-client-config.ts";
import type {
  KafkaAppend,
  KafkaChunk,
  KafkaConnection,
  KafkaOptions,
  KafkaRange,
  KafkaReadOptions,
  KafkaRecord,
} from "./kafka-connection.ts";
import { LogReader } from "./log-reader.ts";
import { PlainProducer } from "./plain-producer.ts";
import { TopicAdmin } from "./topic-admin.ts";

const defaultMaxBytes = 8 * 1024 * 1024;

/** With the parts that the event log uses directly. Their names of topics are those of the cluster. */
export interface OpenKafkaConnection extends KafkaConnection {
  readonly options: KafkaOptions;
  readonly reader: LogReader;
  readonly producer: PlainProducer;
  readonly admin: TopicAdmin;
}

/** Reaches no broker yet: that happens at the first call, and again after each failure. */
export function openKafkaConnection(options: KafkaOptions): OpenKafkaConnection {
  const reader = new LogReader(options);
  return new SharedConnection(options, reader, new TopicAdmin(options, reader));
}

class SharedConnection implements OpenKafkaConnection {
  readonly options: KafkaOptions;
  readonly reader: LogReader;
  readonly producer: PlainProducer;
  readonly admin: TopicAdmin;

  constructor(options: KafkaOptions, reader: LogReader, admin: TopicAdmin) {
    this.options = options;
    this.reader = reader;
    this.admin = admin;
    this.producer = new PlainProducer(options);
  }

  async createTopic(
    topic: string,
    options: { readonly partitions: number; readonly compact?: boolean },
  ): Promise<number> {
    const { partitions, compact = false } = options;
    return await this.admin.createTopic(this.#name(topic), { partitions, compact });
  }

  async produce(topic: string, records: readonly KafkaAppend[]): Promise<readonly number[]> {
    return await this.producer.produce({ topic: this.#name(topic), records });
  }

  async read(topic: string, partition: number, from: number, options: KafkaReadOptions): Promise<KafkaChunk> {
    const { maxRecords, maxBytes = defaultMaxBytes, waitMs = 0, signal } = options;
    const place = { topic: this.#name(topic), partition, from };
    const taken = await this.reader.read(place, { maxRecords, maxBytes, waitMs, signal, wrap: kafkaRecord });
    return { records: [...taken.records], next: taken.next };
  }

  async ranges(topic: string): Promise<readonly KafkaRange[]> {
    return await this.reader.ranges(this.#name(topic));
  }

  async offsetAtTimestamp(topic: string, partition: number, timestamp: number): Promise<number> {
    return await this.reader.offsetAtTimestamp(this.#name(topic), partition, timestamp);
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    const range = (await this.ranges(topic)).find((candidate) => candidate.partition === partition);
    const upTo = Math.min(before, range?.end ?? 0);
    if (upTo > (range?.start ?? 0)) await this.admin.trim(this.#name(topic), partition, upTo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer.close();
    await Promise.all([this.reader.close(), this.admin.close()]);
  }

  #name(topic: string): string {
    return namespaced(this.options, topic);
  }
}

const noBytes = Buffer.alloc(0);

function kafkaRecord({ offset, timestamp, key, value, headers }: FetchedRecord): KafkaRecord {
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value: value ?? noBytes,
    headers: single(headers),
  };
}

/** Of a header that was given several times, the last counts. */
function single(headers: FetchedRecord["headers"]): Readonly<Record<string, Buffer>> {
  const entries = Object.entries(headers);
  if (entries.every(([, value]) => Buffer.isBuffer(value))) return headers as Readonly<Record<string, Buffer>>;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, (Buffer.isBuffer(value) ? value : value?.at(-1)) ?? noBytes]),
  );
}
