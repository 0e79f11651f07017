/** The event log in memory, for tests: what any adapter does, in the plainest form. Nothing outlives the process. */
import { randomUUID } from "node:crypto";
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { Doorbell } from "../ports/doorbell.ts";
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
  TopicInfo,
} from "../ports/event-log.ts";
import { GroupCoordinator } from "../ports/group-coordinator.ts";
import { partitionOf } from "../ports/partition-of.ts";

interface Partition {
  start: number;
  /** Offsets start, start + 1, … */
  readonly records: LogRecord[];
  readonly bell: Doorbell;
}

interface Topic {
  readonly info: TopicInfo;
  readonly partitions: readonly Partition[];
}

export function createMemoryEventLog(): EventLog {
  return new MemoryEventLog();
}

class MemoryEventLog implements EventLog {
  readonly #topics = new Map<string, Topic>();
  readonly #producers = new Map<string, ProducerState>();
  readonly #groups = new GroupCoordinator();
  readonly #closed = new AbortController();

  async createTopic(name: string, options: { readonly partitions: number }): Promise<TopicInfo> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known.info;
    const info: TopicInfo = { topic: name, id: randomUUID(), partitions: options.partitions };
    const partitions = Array.from({ length: options.partitions }, () => ({
      start: 0,
      records: [],
      bell: new Doorbell(),
    }));
    this.#topics.set(name, { info, partitions });
    return info;
  }

  async append(name: string, batch: AppendBatch): Promise<AppendResult> {
    const topic = this.#topic(name);
    const { producer } = batch;
    if (producer !== undefined) {
      const version = this.#producers.get(producer.name)?.version ?? 0;
      if (version !== producer.expectedVersion) return { kind: "producer-moved" };
      this.#producers.set(producer.name, { name: producer.name, version: version + 1, state: producer.state });
    }
    const touched = new Set<Partition>();
    const positions: LogPosition[] = batch.records.map(({ key, value, sequence }) => {
      const number = partitionOf(key, value, topic.partitions.length);
      const partition = this.#partition(topic, number);
      const offset = partition.start + partition.records.length;
      partition.records.push({ offset, time: batch.time, sequence, value: Buffer.from(value), origin: batch.origin });
      touched.add(partition);
      return { partition: number, offset };
    });
    for (const partition of touched) partition.bell.ring();
    return { kind: "appended", positions };
  }

  async read(name: string, number: number, from: number, options: ReadOptions = {}): Promise<LogChunk> {
    const partition = this.#partition(this.#topic(name), number);
    const deadline = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      const seen = partition.bell.count;
      const end = partition.start + partition.records.length;
      if (from < partition.start || from > end) {
        const held = `offsets ${partition.start} to ${end - 1}`;
        throw new OnefoldError("LOG_GAP", `${partitionKey(name, number)} holds ${held}; offset ${from} was asked for.`);
      }
      const waitMs = deadline - performance.now();
      if (from < end || waitMs <= 0 || this.#isOver(options)) return take(partition, from, options);
      await partition.bell.wait(seen, { waitMs, signal: options.signal });
    }
  }

  async ranges(name: string): Promise<readonly PartitionRange[]> {
    return this.#topic(name).partitions.map(({ start, records }, partition) => ({
      partition,
      start,
      end: start + records.length,
    }));
  }

  async producers(prefix: string): Promise<readonly ProducerState[]> {
    const found = [...this.#producers.values()].filter(({ name }) => name.startsWith(prefix));
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async *join(group: string, topics: readonly string[], signal: AbortSignal): AsyncIterable<GroupAssignment> {
    const wanted = topics.flatMap((name) =>
      this.#topic(name).partitions.map((_, partition) => ({ topic: name, partition })),
    );
    yield* this.#groups.join(group, wanted, AbortSignal.any([signal, this.#closed.signal]));
  }

  async trim(name: string, number: number, before: number): Promise<void> {
    const partition = this.#partition(this.#topic(name), number);
    const forgotten = partition.records.splice(0, Math.max(0, before - partition.start));
    partition.start += forgotten.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    for (const { partitions } of this.#topics.values()) for (const { bell } of partitions) bell.ring();
  }

  #isOver({ signal }: ReadOptions): boolean {
    return this.#closed.signal.aborted || signal?.aborted === true;
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new OnefoldError("INTERNAL", `Topic ${name} was used before it was created.`);
    return topic;
  }

  #partition(topic: Topic, number: number): Partition {
    const partition = topic.partitions[number];
    if (partition !== undefined) return partition;
    throw new OnefoldError("INTERNAL", `Topic ${topic.info.topic} has no partition ${number}.`);
  }
}

function take(partition: Partition, from: number, options: ReadOptions): LogChunk {
  const { maxRecords = 4096, maxBytes = 8 * 1024 * 1024 } = options;
  const first = from - partition.start;
  const records: LogRecord[] = [];
  let bytes = 0;
  for (const record of partition.records.slice(first, first + maxRecords)) {
    records.push(record);
    bytes += record.value.byteLength;
    if (bytes > maxBytes) break;
  }
  return { records, next: from + records.length };
}
