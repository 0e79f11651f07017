/** The event log of the distributed profile, on Kafka. */
import { OnefoldError } from "../../../schema/errors.ts";
import type {
  AppendBatch,
  AppendResult,
  EventLog,
  GroupAssignment,
  LogChunk,
  LogPosition,
  LogRecord,
  PartitionRange,
  ProducerState,
  ReadOptions,
  RecordOrigin,
  TopicInfo,
} from "../../ports/event-log.ts";
import { partitionOf } from "../../ports/partition-of.ts";
import { joinGroup } from "./join-group.ts";
import { namespaced } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import type { OutgoingRecord } from "./message-batch.ts";
import { openKafkaConnection, type OpenKafkaConnection } from "./open-kafka-connection.ts";
import type { StreamPlace, Wrap } from "./partition-stream.ts";
import { ProducerTable } from "./producer-table.ts";
import { originHeaders, OriginReader } from "./record-origin.ts";
import { TopicIds } from "./topic-ids.ts";

export interface KafkaEventLogOptions {
  /** How to read the records of producers that are not Onefold's. @default JSON of producer `kafka` */
  readonly originOf?: (topic: string, value: Uint8Array) => RecordOrigin;
}

/** States of producers, and identities of topics: compacted topics beside those of events. */
const producersTopic = "onefold.producers";
const topicsTopic = "onefold.topics";

const defaultMaxRecords = 4096;
const defaultMaxBytes = 8 * 1024 * 1024;
const noBytes = Buffer.alloc(0);

/**
 * The log over a connection that others may share; closing the log leaves the connection open. Reaches no broker before
 * its first call.
 *
 * An append without a producer's state is all or nothing **within each partition**; across partitions it is repeated until
 * all is there, so that only the end of this process, or a rejection with STORE_UNAVAILABLE, can leave a part. An append
 * with a producer's state is all or nothing across partitions: a transaction.
 */
export function createKafkaEventLog(connection: OpenKafkaConnection, options: KafkaEventLogOptions = {}): EventLog {
  return new KafkaEventLog(connection, options);
}

/** The log with a connection of its own, which ends with it. */
export function openKafkaEventLog(kafka: KafkaOptions, options: KafkaEventLogOptions = {}): EventLog {
  const connection = openKafkaConnection(kafka);
  return new KafkaEventLog(connection, options, connection);
}

class KafkaEventLog implements EventLog {
  readonly #connection: OpenKafkaConnection;
  readonly #owned: AsyncDisposable | null;
  readonly #originOf: (topic: string, value: Uint8Array) => RecordOrigin;
  readonly #producers: ProducerTable;
  readonly #identities: ProducerTable;
  readonly #ids: TopicIds;
  readonly #wraps = new Map<string, Wrap<LogRecord>>();
  readonly #partitions = new Map<string, number>();
  /** Where this process reads, by cluster topic and partition. */
  readonly #positions = new Map<string, { readonly topic: string; readonly partition: number; offset: number }>();
  /** Members on their way out of their groups. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #closed = new AbortController();

  constructor(connection: OpenKafkaConnection, options: KafkaEventLogOptions, owned: AsyncDisposable | null = null) {
    const { reader } = connection;
    this.#connection = connection;
    this.#owned = owned;
    this.#originOf = options.originOf ?? (() => ({ format: "json", producer: "kafka" }));
    this.#producers = new ProducerTable(connection, this.#name(producersTopic));
    this.#identities = new ProducerTable(connection, this.#name(topicsTopic));
    this.#ids = new TopicIds(this.#identities, reader);
  }

  async createTopic(topic: string, options: { readonly partitions: number }): Promise<TopicInfo> {
    const partitions = await this.#connection.createTopic(topic, options);
    this.#partitions.set(topic, partitions);
    return { topic, id: await this.#ids.identify(this.#name(topic)), partitions };
  }

  async append(topic: string, { origin, records, time, producer }: AppendBatch): Promise<AppendResult> {
    const partitions = await this.#partitionCount(topic);
    const headersOf = originHeaders(origin);
    const outgoing = records.map(({ key, value, sequence }): OutgoingRecord => ({
      partition: partitionOf(key, value, partitions),
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      headers: headersOf(sequence),
      timestamp: time,
    }));
    const batch = { topic: this.#name(topic), records: outgoing };
    if (producer === undefined) {
      return { kind: "appended", positions: positionsOf(outgoing, await this.#connection.producer.produce(batch)) };
    }
    const { name, expectedVersion, state } = producer;
    const result = await this.#producers.append(name, { batch, expectedVersion, state });
    return result.kind === "appended" ? { kind: "appended", positions: positionsOf(outgoing, result.offsets) } : result;
  }

  async read(topic: string, partition: number, from: number, options: ReadOptions = {}): Promise<LogChunk> {
    const { maxRecords = defaultMaxRecords, maxBytes = defaultMaxBytes, waitMs = 0, signal } = options;
    const place = { topic: this.#name(topic), partition, from };
    this.#notePosition(place);
    const wrap = this.#wrapOf(topic);
    return await this.#connection.reader.read(place, { maxRecords, maxBytes, waitMs, signal, wrap });
  }

  async ranges(topic: string): Promise<readonly PartitionRange[]> {
    return await this.#connection.ranges(topic);
  }

  async producers(prefix: string): Promise<readonly ProducerState[]> {
    const found = await this.#producers.list(prefix);
    return found.map(([name, { version, state }]) => ({ name, version, state }));
  }

  async *join(group: string, topics: readonly string[], signal: AbortSignal): AsyncGenerator<GroupAssignment> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    const names = new Map(topics.map((topic) => [this.#name(topic), topic]));
    const join = {
      options: this.#connection.options,
      group: this.#name(group),
      topics: [...names.keys()],
      positions: () => [...this.#positions.values()],
      leaving: this.#leaving,
    };
    for await (const { epoch, partitions, lost } of joinGroup(join, until)) {
      const held = partitions.map(({ topic, partition }) => ({ topic: names.get(topic) ?? topic, partition }));
      yield { epoch, partitions: held, lost };
    }
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    await this.#connection.trim(topic, partition, before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#leaving, this.#producers.close(), this.#identities.close()]);
    await this.#owned?.[Symbol.asyncDispose]();
  }

  #wrapOf(topic: string): Wrap<LogRecord> {
    const known = this.#wraps.get(topic);
    if (known !== undefined) return known;
    const wrap = logRecordWrap((value) => this.#originOf(topic, value));
    this.#wraps.set(topic, wrap);
    return wrap;
  }

  /** What a reader asks for, all below it has been dealt with. */
  #notePosition({ topic, partition, from }: StreamPlace): void {
    const place = `${topic}/${partition}`;
    const known = this.#positions.get(place);
    if (known === undefined) this.#positions.set(place, { topic, partition, offset: from });
    else known.offset = from;
  }

  async #partitionCount(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined) return known;
    const count = await this.#connection.reader.partitionCount(this.#name(topic));
    this.#partitions.set(topic, count);
    return count;
  }

  #name(name: string): string {
    return namespaced(this.#connection.options, name);
  }
}

function positionsOf(records: readonly OutgoingRecord[], offsets: readonly number[]): readonly LogPosition[] {
  if (records.length !== offsets.length) throw new OnefoldError("INTERNAL", "Kafka answered for other records.");
  return records.map(({ partition }, at) => ({ partition, offset: offsets[at] ?? -1 }));
}

/** `foreign`: of records without a header of ours. */
function logRecordWrap(foreign: (value: Uint8Array) => RecordOrigin): Wrap<LogRecord> {
  const origins = new OriginReader();
  return ({ offset, timestamp, value, headers }) => {
    const origin = origins.origin(headers);
    return {
      offset: Number(offset),
      time: Number(timestamp),
      sequence: origin === null ? null : origins.sequence(headers),
      value: value ?? noBytes,
      origin: origin ?? foreign(value ?? noBytes),
    };
  };
}
