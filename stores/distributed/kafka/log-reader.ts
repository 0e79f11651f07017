/** Reads for all readers of a process: each at its own place, fetched ahead while it goes on where it stopped. */
import { partitionKey } from "../../../schema/cursor.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { FetchClient, type FetchLimits } from "./fetch-client.ts";
import { FetchLane } from "./fetch-lane.ts";
import { operationTimeoutMs } from "./kafka-client-config.ts";
import type { KafkaOptions, KafkaRange } from "./kafka-connection.ts";
import { refusalOf, unavailable } from "./kafka-errors.ts";
import {
  PartitionStream,
  type StreamPlace,
  type TakeLimits,
  type TakenRecords,
  type Wrap,
  type WrappedRecord,
} from "./partition-stream.ts";

export interface LogReadOptions<Wrapped extends WrappedRecord> extends TakeLimits {
  /** The form of the records; one function a form, for places are remembered by it. */
  readonly wrap: Wrap<Wrapped>;
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Places that nobody reads at present are remembered up to so many, the newest. */
const maxIdleStreams = 32;
/** A place that was waited at so recently is still asked for, so that its next record is there before its reader is. */
const hotMs = 2000;
const limits: FetchLimits = {
  maxWaitMs: 0,
  maxBytesPerPartition: 1024 * 1024,
  maxBytes: 2 * 1024 * 1024,
  committed: true,
};
const longPollMs = 100;
const tailPaceMs = 10;

/**
 * Two lanes, each with its own connections: one for what is there now, one for what is yet to come, where the broker
 * answers only when there is something; so that no reader with work waits for one without.
 */
export class LogReader {
  readonly #options: KafkaOptions;
  readonly #offsets: FetchClient;
  readonly #clients: readonly FetchClient[];
  readonly #nowLane: FetchLane;
  readonly #tailLane: FetchLane;
  readonly #streams = new Map<string, Set<PartitionStream>>();
  readonly #closed = new AbortController();

  constructor(options: KafkaOptions) {
    this.#options = options;
    const [nowClient, tailClient] = [new FetchClient(options), new FetchClient(options)];
    const onEnded = (stream: PartitionStream): void => this.#goOn(stream);
    this.#offsets = nowClient;
    this.#clients = [nowClient, tailClient];
    this.#nowLane = new FetchLane({ client: nowClient, limits, paceMs: 0, onEnded });
    const tailLimits = { ...limits, maxWaitMs: longPollMs };
    this.#tailLane = new FetchLane({ client: tailClient, limits: tailLimits, paceMs: tailPaceMs, onEnded });
  }

  /**
   * Reads committed records from `from` on, at least one if any is there or comes within `waitMs`. No records with a
   * `next` above `from` say that up to there nothing counts.
   * @throws LOG_GAP, STORE_UNAVAILABLE, INTERNAL for what does not exist
   */
  async read<Wrapped extends WrappedRecord>(
    place: StreamPlace,
    options: LogReadOptions<Wrapped>,
  ): Promise<TakenRecords<Wrapped>> {
    const stream = this.#claim(place, options.wrap);
    try {
      return await this.#readFrom(stream, options);
    } finally {
      stream.busy = false;
      stream.lastRead = performance.now();
      this.#goOn(stream);
      this.#forgetIdle();
    }
  }

  async ranges(topic: string): Promise<readonly KafkaRange[]> {
    const count = await this.#offsets.partitionCount(topic);
    const partitions = Array.from({ length: count }, (_, partition) => partition);
    // The start first: a trim in between must not leave a start above the end.
    const starts = await this.#offsets.offsets(topic, partitions, { at: "start" });
    const ends = await this.#offsets.offsets(topic, partitions, { at: "end" });
    return partitions.map((partition) => ({
      partition,
      start: starts.get(partition) ?? 0,
      end: ends.get(partition) ?? 0,
    }));
  }

  async partitionCount(topic: string): Promise<number> {
    return await this.#offsets.partitionCount(topic);
  }

  async offsetAtTimestamp(topic: string, partition: number, timestamp: number): Promise<number> {
    const found = (await this.#offsets.offsets(topic, [partition], { at: "time", timestamp })).get(partition) ?? -1;
    if (found >= 0) return found;
    return (await this.#offsets.offsets(topic, [partition], { at: "end" })).get(partition) ?? 0;
  }

  /** The last stable offset of each of the partitions. */
  async ends(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return await this.#offsets.offsets(topic, partitions, { at: "end" });
  }

  /** Ends all waiting reads with nothing. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const streams of this.#streams.values()) for (const { bell } of streams) bell.ring();
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #readFrom<Wrapped extends WrappedRecord>(
    stream: PartitionStream<Wrapped>,
    options: LogReadOptions<Wrapped>,
  ): Promise<TakenRecords<Wrapped>> {
    const { waitMs, signal } = options;
    const from = stream.position;
    const deadline = performance.now() + waitMs;
    // An answer that was under way before may not know what is there now.
    const needed = stream.answers + (stream.fetching ? 2 : 1);
    const { tries } = stream;
    if (waitMs > 0) stream.lastWait = performance.now();
    for (;;) {
      const seen = stream.bell.count;
      const taken = stream.take(options);
      if (taken.next > from || this.#isOver(signal)) return taken;
      if (stream.tries > tries) await this.#throwFailure(stream, from);
      const leftMs = deadline - performance.now();
      const answered = waitMs > 0 || stream.answers >= needed;
      if (leftMs <= 0 && answered && stream.failure === null) return taken;
      this.#want(stream, waitMs > 0);
      await stream.bell.wait(seen, { waitMs: leftMs > 0 ? leftMs : operationTimeoutMs(this.#options), signal });
      if (waitMs <= 0 && stream.bell.count === seen && !this.#isOver(signal)) throw unavailable(nameOf(stream));
    }
  }

  #isOver(signal: AbortSignal | undefined): boolean {
    return this.#closed.signal.aborted || signal?.aborted === true;
  }

  /** Throws if the failure is final, or lasts too long. */
  async #throwFailure(stream: PartitionStream, from: number): Promise<void> {
    const failure = stream.failure;
    if (failure === null) return;
    if (stream.outOfRange) {
      const range = (await this.ranges(stream.topic)).find(({ partition }) => partition === stream.partition);
      if (range === undefined || from < range.start || from > range.end) throw logGap(stream, from, range);
    }
    const refusal = refusalOf(nameOf(stream), failure.error);
    if (refusal !== null) throw refusal;
    const lastedMs = performance.now() - failure.since;
    if (lastedMs >= operationTimeoutMs(this.#options)) throw unavailable(nameOf(stream), failure.error);
  }

  /** The stream that stopped at `from`, or a new one. */
  #claim<Wrapped extends WrappedRecord>(place: StreamPlace, wrap: Wrap<Wrapped>): PartitionStream<Wrapped> {
    const key = partitionKey(place.topic, place.partition);
    const streams = this.#streams.get(key) ?? new Set<PartitionStream>();
    this.#streams.set(key, streams);
    for (const stream of streams) {
      const isThere = stream.position === place.from && !stream.busy && !stream.outOfRange;
      if (isThere && stream.wrapsBy(wrap)) return begin(stream);
    }
    const stream = new PartitionStream(place, wrap);
    streams.add(stream);
    return begin(stream);
  }

  #want(stream: PartitionStream, waits: boolean): void {
    if (stream.fetching || this.#closed.signal.aborted) return;
    (waits && stream.caughtUp ? this.#tailLane : this.#nowLane).want(stream);
  }

  /** Fetches ahead for a reader that goes on, as far as there is room. */
  #goOn(stream: PartitionStream): void {
    const isHot = performance.now() - stream.lastWait < hotMs;
    const goesOn = stream.reads > 1 || isHot;
    if (stream.fetching || stream.isFull || stream.failure !== null || !goesOn || !this.#holds(stream)) return;
    if (!stream.caughtUp) this.#want(stream, false);
    else if (isHot) this.#want(stream, true);
  }

  #holds(stream: PartitionStream): boolean {
    return this.#streams.get(partitionKey(stream.topic, stream.partition))?.has(stream) === true;
  }

  #forgetIdle(): void {
    const idle = [...this.#streams.values()].flatMap((streams) => [...streams].filter(({ busy }) => !busy));
    if (idle.length <= maxIdleStreams) return;
    idle.sort((a, b) => a.lastRead - b.lastRead);
    for (const stream of idle.slice(0, idle.length - maxIdleStreams)) {
      const key = partitionKey(stream.topic, stream.partition);
      this.#streams.get(key)?.delete(stream);
      if (this.#streams.get(key)?.size === 0) this.#streams.delete(key);
    }
  }
}

function begin<Stream extends PartitionStream>(stream: Stream): Stream {
  stream.busy = true;
  stream.reads++;
  return stream;
}

function logGap(stream: PartitionStream, from: number, range: KafkaRange | undefined): OnefoldError {
  const held = range === undefined ? "is gone" : `holds offsets ${range.start} to ${range.end - 1}`;
  return new OnefoldError("LOG_GAP", `${nameOf(stream)} ${held}; offset ${from} was asked for.`);
}

function nameOf({ topic, partition }: PartitionStream): string {
  return partitionKey(topic, partition);
}
