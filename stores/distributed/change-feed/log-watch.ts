/** Looks at the end of the log of changes, every so often and when asked: so a lost message costs latency only. */
import { OnefoldError } from "../../../schema/errors.ts";
import type { KafkaConnection } from "../kafka/kafka-connection.ts";
import type { FeedPartition } from "./feed-partition.ts";
import { endBelow } from "./log-end.ts";

export interface LogWatchDeps {
  readonly kafka: KafkaConnection;
  readonly partitions: readonly FeedPartition[];
  readonly everyMs: number;
  /** Called when the end of some partition was found to have moved. */
  readonly onMoved: () => void;
  /** Called when one partition after another grows and no message ever tells of it. */
  readonly onDeaf: () => void;
}

/** So many looks find what no message of that partition told; the next time only after `deafPauses` more. */
const deafLooks = 5;
const deafPauses = 60;

export class LogWatch implements Disposable {
  readonly #deps: LogWatchDeps;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  readonly #settling = new Map<FeedPartition, Promise<void>>();
  /** Looks that found what no message told, since the last message. */
  readonly #missed = new Map<FeedPartition, { readonly told: number; readonly looks: number }>();
  /** Whether ends are looked up without being asked for. */
  #isFollowing = false;
  #isDisposed = false;
  readonly #answered = [
    (): boolean => true,
    (fault: unknown): boolean => {
      if (fault instanceof OnefoldError || this.#isDisposed) return false;
      throw fault;
    },
  ] as const;

  constructor(deps: LogWatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => this.lookSoon(), deps.everyMs).unref();
  }

  /** From now on each look finds the ends, too. */
  follow(): void {
    this.#isFollowing = true;
  }

  /** Looks, without telling whether it worked: the next look will. */
  lookSoon(): void {
    if (this.#isFollowing) void this.tryFindEnds();
    else void this.look().then(...this.#answered);
  }

  /** As {@link findEnds}; false when Kafka did not answer. */
  tryFindEnds(): Promise<boolean> {
    return this.findEnds().then(...this.#answered);
  }

  /** Resolves when a look that began after the call is over: each partition's `logEnd` is up to date. @throws STORE_UNAVAILABLE */
  look(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#running !== null) {
      const start = (): Promise<void> => this.#start();
      this.#next = this.#running.then(start, start);
      return this.#next;
    }
    return this.#start();
  }

  /** Looks, and finds the end of each partition. @throws STORE_UNAVAILABLE */
  async findEnds(): Promise<void> {
    await this.look();
    await Promise.all(this.#deps.partitions.map((partition) => this.#settle(partition)));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearInterval(this.#timer);
  }

  #start(): Promise<void> {
    this.#next = null;
    this.#running = this.#readRanges().finally(() => (this.#running = null));
    return this.#running;
  }

  async #readRanges(): Promise<void> {
    const { kafka, partitions } = this.#deps;
    const topics = [...new Set(partitions.map(({ changeTopic }) => changeTopic))];
    const ranges = new Map(await Promise.all(topics.map(async (topic) => [topic, await kafka.ranges(topic)] as const)));
    for (const partition of partitions) {
      const range = ranges.get(partition.changeTopic)?.find((candidate) => candidate.partition === partition.number);
      partition.learnLogEnd(range?.end ?? 0);
    }
  }

  async #settle(partition: FeedPartition): Promise<void> {
    const wanted = partition.logEnd;
    await this.#settling.get(partition)?.catch(() => {});
    if (!partition.hasUnseenBelow(wanted)) return;
    const settling = this.#settling.get(partition) ?? this.#findEnd(partition);
    this.#settling.set(partition, settling);
    await settling;
  }

  async #findEnd(partition: FeedPartition): Promise<void> {
    try {
      if (this.#isFollowing) this.#countMissed(partition);
      const limit = partition.logEnd;
      const end = await endBelow(this.#deps.kafka, partition, { limit, known: partition.end });
      if (partition.learnEndAt(limit, end)) this.#deps.onMoved();
    } finally {
      this.#settling.delete(partition);
    }
  }

  #countMissed(partition: FeedPartition): void {
    const { told } = partition;
    const before = this.#missed.get(partition);
    const looks = before?.told === told ? before.looks + 1 : 1;
    this.#missed.set(partition, { told, looks });
    if (looks < deafLooks) return;
    for (const each of this.#missed.keys()) this.#missed.set(each, { told: each.told, looks: -deafPauses });
    this.#deps.onDeaf();
  }
}
