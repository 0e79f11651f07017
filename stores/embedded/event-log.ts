/** The event log of the embedded profile, on LMDB: appends in chunks with group commit, readers woken across threads. */
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
  PartitionRange,
  ProducerState,
  ProducerUpdate,
  ReadOptions,
  TopicInfo,
} from "../ports/event-log.ts";
import { GroupCoordinator } from "../ports/group-coordinator.ts";
import { partitionOf } from "../ports/partition-of.ts";
import { CommitQueue, type Draft } from "./commit-queue.ts";
import { openEnvironment, type Environment, type RecordName } from "./environment.ts";
import { baseOfKey, chunkKey, encodeChunks, type ChunkDraft } from "./event-log-chunk.ts";
import { EventLogReader } from "./event-log-reader.ts";
import { sealChunk } from "./sealed-bytes.ts";
import { WakeChannel } from "./wake-channel.ts";

/** One topic, and what its partitions hold. */
export interface TopicRecord {
  /** Stands for the topic in the keys of chunks. */
  readonly number: number;
  readonly id: string;
  readonly partitions: readonly { readonly start: number; readonly end: number }[];
}

type ProducerRecord = Omit<ProducerState, "name">;

const format = { kind: "event log", version: 1 };
const topicCount: RecordName<number> = "topics";
const topicName = (topic: string): RecordName<TopicRecord> => `topic/${topic}`;
const producerName = (name: string): RecordName<ProducerRecord> => `producer/${name}`;
/** Chunks that one commit of a trim removes at most. */
const trimChunks = 1024;

/**
 * Opens the log in folder `path`. Every thread of the process may open it; one process at a time. Appends keep the order
 * they were made in, also while several are in flight, and those in flight together share a flush.
 * @throws STORE_FORMAT, STORE_UNAVAILABLE
 */
export async function openEmbeddedEventLog(options: { readonly path: string }): Promise<EventLog> {
  return new EmbeddedEventLog(await openEnvironment({ path: options.path, format }));
}

class EmbeddedEventLog implements EventLog {
  readonly #environment: Environment;
  readonly #queue: CommitQueue;
  readonly #reader: EventLogReader;
  /** Says which partitions grew. */
  readonly #channel: WakeChannel<readonly string[]>;
  readonly #bells = new Map<string, Doorbell>();
  readonly #groups = new GroupCoordinator();
  readonly #closed = new AbortController();

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#queue = new CommitQueue(environment);
    this.#reader = new EventLogReader(environment);
    this.#channel = new WakeChannel(environment.path, (grown) => {
      for (const key of grown) this.#bells.get(key)?.ring();
    });
  }

  async createTopic(topic: string, options: { readonly partitions: number }): Promise<TopicInfo> {
    const id = randomUUID();
    return await this.#queue.commit((draft) => {
      const known = draft.read(topicName(topic));
      if (known !== undefined) return { topic, id: known.id, partitions: known.partitions.length };
      const number = draft.read(topicCount) ?? 0;
      const partitions = Array.from({ length: options.partitions }, () => ({ start: 0, end: 0 }));
      draft.write(topicCount, number + 1);
      draft.write(topicName(topic), { number, id, partitions });
      return { topic, id, partitions: options.partitions };
    });
  }

  async append(topic: string, batch: AppendBatch): Promise<AppendResult> {
    const partitions = this.#topic(topic).partitions.length;
    const parts = divide(batch, partitions);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const result = await this.#queue.commit((draft) => appendParts(draft, topic, batch.producer, parts), { bytes });
    if (result.kind === "producer-moved") return result;
    this.#channel.tell(parts.map((part) => partitionKey(topic, part.partition)));
    return { kind: "appended", positions: positionsOf(batch.records.length, parts, result.bases) };
  }

  async read(topic: string, partition: number, from: number, options: ReadOptions = {}): Promise<LogChunk> {
    const { waitMs = 0, signal } = options;
    if (waitMs <= 0) return this.#readNow(topic, partition, from, options);
    const bell = this.#bell(partitionKey(topic, partition));
    const deadline = performance.now() + waitMs;
    for (;;) {
      const seen = bell.count;
      const chunk = this.#readNow(topic, partition, from, options);
      const leftMs = deadline - performance.now();
      if (chunk.next > from || leftMs <= 0 || signal?.aborted === true) return chunk;
      await bell.wait(seen, { waitMs: leftMs, signal });
      if (this.#closed.signal.aborted) return chunk;
    }
  }

  async ranges(topic: string): Promise<readonly PartitionRange[]> {
    return this.#topic(topic).partitions.map((range, partition) => ({ partition, ...range }));
  }

  async producers(prefix: string): Promise<readonly ProducerState[]> {
    this.#environment.renewSnapshot();
    const found = [...this.#environment.recordsFrom(producerName(prefix))];
    const states = found.map(([name, state]) => ({ name: name.slice(producerName("").length), ...state }));
    return states.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async *join(group: string, topics: readonly string[], signal: AbortSignal): AsyncIterable<GroupAssignment> {
    const wanted = topics.flatMap((topic) =>
      this.#topic(topic).partitions.map((_, partition) => ({ topic, partition })),
    );
    yield* this.#groups.join(group, wanted, AbortSignal.any([signal, this.#closed.signal]));
  }

  /** Whole chunks go: the new start is the first record of the chunk that holds `before`, or the partition's end. */
  async trim(topic: string, partition: number, before: number): Promise<void> {
    for (let more = true; more;) {
      more = await this.#queue.commit((draft) => this.#trimSome(draft, { topic, partition, before }), { alone: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    for (const bell of this.#bells.values()) bell.ring();
    await this.#queue.idle();
    this.#channel[Symbol.dispose]();
    await this.#environment[Symbol.asyncDispose]();
  }

  #readNow(topic: string, partition: number, from: number, options: ReadOptions): LogChunk {
    const { maxRecords = 4096, maxBytes = 8 * 1024 * 1024 } = options;
    const record = this.#topic(topic);
    const range = rangeOf(topic, record, partition);
    return this.#reader.read({ topic, number: record.number, partition, range, from, maxRecords, maxBytes });
  }

  #trimSome(
    draft: Draft,
    cut: { readonly topic: string; readonly partition: number; readonly before: number },
  ): boolean {
    const { topic, partition } = cut;
    const record = known(topic, draft.read(topicName(topic)));
    const { start, end } = rangeOf(topic, record, partition);
    const before = Math.min(cut.before, end);
    if (before <= start) return false;
    const keyOf = (base: number): Buffer => chunkKey({ topic: record.number, partition, base });
    const keys = this.#environment.chunkKeys(keyOf(start), keyOf(before + 1), trimChunks + 1);
    const bases = [...keys.map(baseOfKey), ...(keys.length > trimChunks ? [] : [end])];
    // A chunk goes if the one behind it starts at or below `before`.
    const gone = keys.filter((_, at) => (bases[at + 1] ?? Infinity) <= before);
    const newStart = bases[gone.length] ?? start;
    if (newStart === start) return false;
    for (const key of gone) draft.removeChunk(key);
    const partitions = record.partitions.map((range, at) => (at === partition ? { start: newStart, end } : range));
    draft.write(topicName(topic), { ...record, partitions });
    return keys.length > trimChunks;
  }

  #topic(topic: string): TopicRecord {
    this.#environment.renewSnapshot();
    return known(topic, this.#environment.record(topicName(topic)));
  }

  #bell(key: string): Doorbell {
    const bell = this.#bells.get(key) ?? new Doorbell();
    this.#bells.set(key, bell);
    return bell;
  }
}

/** The records of one append that go to one partition. */
interface Part {
  readonly partition: number;
  /** Where its records stand in the batch. */
  readonly indices: readonly number[];
  readonly chunks: readonly ChunkDraft[];
  readonly bytes: number;
}

function divide(batch: AppendBatch, partitions: number): readonly Part[] {
  const indices = Array.from({ length: partitions }, (): number[] => []);
  batch.records.forEach((record, at) => indices[partitionOf(record.key, record.value, partitions)]?.push(at));
  return indices.flatMap((mine, partition) => {
    if (mine.length === 0) return [];
    const records = partitions === 1 ? batch.records : batch.records.filter(membership(mine));
    const chunks = encodeChunks(records, batch);
    return [
      { partition, indices: mine, chunks, bytes: chunks.reduce((sum, { chunk }) => sum + chunk.bytes.length, 0) },
    ];
  });
}

/** Whether an index is among ascending ones, asked in ascending order. */
function membership(ascending: readonly number[]): (_: unknown, index: number) => boolean {
  let next = 0;
  return (_, index) => {
    if (ascending[next] !== index) return false;
    next++;
    return true;
  };
}

type PartsResult =
  { readonly kind: "appended"; readonly bases: readonly number[] } | { readonly kind: "producer-moved" };

/** Puts all parts behind the ends of their partitions, and the producer's new state, into the draft. */
function appendParts(
  draft: Draft,
  topic: string,
  producer: ProducerUpdate | undefined,
  parts: readonly Part[],
): PartsResult {
  const record = known(topic, draft.read(topicName(topic)));
  if (producer !== undefined) {
    const version = draft.read(producerName(producer.name))?.version ?? 0;
    if (version !== producer.expectedVersion) return { kind: "producer-moved" };
    draft.write(producerName(producer.name), { version: version + 1, state: producer.state });
  }
  const partitions = [...record.partitions];
  const bases = parts.map(({ partition, chunks }) => {
    const { start, end } = rangeOf(topic, record, partition);
    let base = end;
    for (const { count, chunk } of chunks) {
      const key = chunkKey({ topic: record.number, partition, base });
      draft.putChunk(key, sealChunk(chunk, key));
      base += count;
    }
    partitions[partition] = { start, end: base };
    return end;
  });
  if (parts.length > 0) draft.write(topicName(topic), { ...record, partitions });
  return { kind: "appended", bases };
}

function positionsOf(count: number, parts: readonly Part[], bases: readonly number[]): readonly LogPosition[] {
  const positions = new Array<LogPosition>(count);
  parts.forEach(({ partition, indices }, at) => {
    let offset = bases[at] ?? 0;
    for (const index of indices) positions[index] = { partition, offset: offset++ };
  });
  return positions;
}

function known(topic: string, record: TopicRecord | undefined): TopicRecord {
  if (record !== undefined) return record;
  throw new OnefoldError("INTERNAL", `Topic ${topic} was used before it was created.`);
}

function rangeOf(topic: string, record: TopicRecord, partition: number): TopicRecord["partitions"][number] {
  const range = record.partitions[partition];
  if (range !== undefined) return range;
  throw new OnefoldError("INTERNAL", `Topic ${topic} has no partition ${partition}.`);
}
