/** The change feed of the distributed profile: a log of changes in Kafka, and a fast path to whoever follows it. */
import { partitionKey, type CursorVector } from "../../../schema/cursor.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import type { ChangeBatch, ChangeFeed } from "../../ports/change-feed.ts";
import { Doorbell } from "../../ports/doorbell.ts";
import type { KafkaConnection } from "../kafka/kafka-connection.ts";
import { messageRoom, placeMessage, rangeMessage, readMessage } from "./change-record.ts";
import type { FastPath } from "./fast-path.ts";
import { FeedPartition } from "./feed-partition.ts";
import { followPartitions, type FollowDeps, type SubscriptionStarts } from "./follow-partitions.ts";
import { LogPager } from "./log-pager.ts";
import { LogWatch } from "./log-watch.ts";
import { PublishLane, type PublishedBatch } from "./publish-lane.ts";
import { trimChanges } from "./trim-changes.ts";

/** The log of what the events of one source change. */
export interface ChangeTopic {
  readonly changeTopic: string;
  /** As many as the source's topic has: what partition p changed stands in partition p. */
  readonly partitions: number;
}

export interface DistributedChangeFeedOptions {
  /** Stays open when the feed closes, as the fast path does. */
  readonly kafka: KafkaConnection;
  readonly fastPath: FastPath;
  /** By the topic of the source. */
  readonly topics: Readonly<Record<string, ChangeTopic>>;
  /** How often the ends of the log are looked at. @default 1,000 ms */
  readonly lookEveryMs?: number;
  /** A larger batch is read from the log by all but its publisher. @default 64 KiB */
  readonly maxMessageBytes?: number;
  /** A larger batch becomes several records. Kafka takes 1 MiB by default. @default 900,000 */
  readonly maxRecordBytes?: number;
  /** Recent batches of all partitions together, encoded. @default 16 MiB */
  readonly maxRecentBytes?: number;
  /** What a subscriber below the recent batches reads at once. @default 256 KiB */
  readonly pageBytes?: number;
}

/**
 * Opens the feed; creates the topics of its log where they are absent. Several processes may publish and subscribe.
 *
 *     publish ──> lane of the partition ──> log of changes (Kafka, all replicas) ──┬─> recent batches ──> subscribers
 *                                                    ▲                             └─> fast path ──> other processes' recent batches
 *                                                    └── looks and pages: what the fast path lost, and what is older
 *
 * Each record of the log carries its batch's `to` as its time, so Kafka itself finds where a cursor goes on. Nothing in
 * the log is rewritten: a reader drops what lies below its position, and so no range comes twice, whoever published it
 * again. A partition that `after` leaves out begins at the end that this process knows when `subscribe` is called: never
 * above the true end, and below it by what was published since the last message or look.
 * @throws STORE_UNAVAILABLE, STORE_FORMAT when a topic has fewer partitions than its source
 */
export async function openDistributedChangeFeed(options: DistributedChangeFeedOptions): Promise<ChangeFeed> {
  const { kafka, topics } = options;
  for (const [topic, { changeTopic, partitions }] of Object.entries(topics)) {
    const found = await kafka.createTopic(changeTopic, { partitions });
    if (found < partitions) {
      const message = `${changeTopic} has ${found} partitions, but its source ${topic} has ${partitions}.`;
      throw new OnefoldError("STORE_FORMAT", message, { remedy: `Give ${changeTopic} as many partitions.` });
    }
  }
  const feed = new DistributedChangeFeed(options);
  try {
    await feed.look();
    return feed;
  } catch (fault) {
    await feed[Symbol.asyncDispose]();
    throw fault;
  }
}

class DistributedChangeFeed implements ChangeFeed {
  readonly #kafka: KafkaConnection;
  readonly #fastPath: FastPath;
  readonly #maxMessageBytes: number;
  readonly #lookEveryMs: number;
  /** By their names in cursors, which name their channels, too. */
  readonly #partitions: ReadonlyMap<string, FeedPartition>;
  readonly #lanes = new Map<FeedPartition, PublishLane>();
  readonly #pager: LogPager;
  readonly #watch: LogWatch;
  readonly #bells = new Set<Doorbell>();
  #isFollowing = false;
  #isClosed = false;

  constructor(options: DistributedChangeFeedOptions) {
    const { kafka, fastPath, lookEveryMs = 1000, maxRecordBytes = 900_000, pageBytes = 256 * 1024 } = options;
    this.#kafka = kafka;
    this.#fastPath = fastPath;
    this.#lookEveryMs = lookEveryMs;
    this.#maxMessageBytes = options.maxMessageBytes ?? 64 * 1024;
    this.#partitions = createPartitions(options);
    const partitions = [...this.#partitions.values()];
    for (const partition of partitions) {
      const onPublished = (batch: PublishedBatch): void => this.#tell(partition, batch);
      const { changeTopic, number } = partition;
      this.#lanes.set(
        partition,
        new PublishLane({ kafka, changeTopic, partition: number, maxRecordBytes, onPublished }),
      );
    }
    this.#pager = new LogPager(kafka, { pageBytes, maxKeptBytes: 32 * pageBytes });
    this.#watch = new LogWatch({
      kafka,
      partitions,
      everyMs: lookEveryMs,
      onMoved: () => this.#ring(),
      onDeaf: () => fastPath.renew(),
    });
  }

  look(): Promise<void> {
    return this.#watch.look();
  }

  async publish(batches: readonly ChangeBatch[]): Promise<void> {
    const lanes = batches.map((batch) => ({ batch, lane: this.#laneOf(batch) }));
    const published = lanes.filter(({ batch }) => batch.to > batch.from);
    await Promise.all(published.map(({ batch, lane }) => lane.add(batch)));
  }

  subscribe({ after, signal }: Parameters<ChangeFeed["subscribe"]>[0]): AsyncIterable<ChangeBatch> {
    this.#follow();
    const starts: SubscriptionStarts = new Map(
      [...this.#partitions].map(([key, partition]) => {
        const position = after[key];
        return [partition, position === undefined ? partition.startNow() : { position }];
      }),
    );
    return followPartitions(this.#followDeps(), starts, signal);
  }

  async *progress(signal: AbortSignal): AsyncIterable<CursorVector> {
    this.#follow();
    const bell = new Doorbell();
    this.#bells.add(bell);
    const isOver = (): boolean => this.#isClosed || signal.aborted;
    try {
      while (!isOver() && !(await this.#watch.tryFindEnds())) {
        await bell.wait(bell.count, { signal, waitMs: this.#lookEveryMs });
      }
      while (!isOver()) {
        const seen = bell.count;
        yield this.#knownEnds();
        await bell.wait(seen, { signal });
      }
    } finally {
      this.#bells.delete(bell);
    }
  }

  async ends(): Promise<CursorVector> {
    await this.#watch.findEnds();
    return this.#knownEnds();
  }

  async trim(topic: string, number: number, before: number): Promise<void> {
    const partition = this.#partitions.get(partitionKey(topic, number));
    if (partition === undefined) return;
    await trimChanges(this.#kafka, partition, before);
    partition.forget(before);
    this.#pager.forget(partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#watch[Symbol.dispose]();
    this.#ring();
  }

  /** From the first subscriber on until the feed closes: a warm feed serves the next one from memory. */
  #follow(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#watch.follow();
    this.#watch.lookSoon();
    this.#fastPath.listen([...this.#partitions.keys()], {
      message: (key, message) => this.#hear(key, message),
      connected: () => this.#watch.lookSoon(),
    });
  }

  /** What this process published reaches its own subscribers without a detour, and those of other processes. */
  #tell(partition: FeedPartition, batch: PublishedBatch): void {
    const message = placeMessage(batch.message, batch);
    const kept = this.#isFollowing ? { bytes: message, room: messageRoom } : null;
    if (partition.learnBatch(batch, kept)) this.#ring();
    this.#fastPath.send(partition.key, message.length <= this.#maxMessageBytes ? message : rangeMessage(batch, batch));
  }

  #hear(key: string, message: Buffer): void {
    const partition = this.#partitions.get(key);
    if (partition === undefined || this.#isClosed) return;
    const batch = readMessage(message);
    if (batch === null) {
      this.#watch.lookSoon();
      return;
    }
    // A copy: what comes from a socket shares its memory with what came beside it.
    const kept = batch.kind === "whole" ? { bytes: Buffer.from(message), room: messageRoom } : null;
    if (partition.learnBatch(batch, kept)) this.#ring();
  }

  #laneOf({ topic, partition: number }: ChangeBatch): PublishLane {
    const partition = this.#partitions.get(partitionKey(topic, number));
    const lane = partition === undefined ? undefined : this.#lanes.get(partition);
    if (lane !== undefined) return lane;
    throw new OnefoldError("SOURCE_UNKNOWN", `The change feed has no partition ${number} of the topic ${topic}.`);
  }

  #followDeps(): FollowDeps {
    return {
      kafka: this.#kafka,
      pager: this.#pager,
      bells: this.#bells,
      retryMs: this.#lookEveryMs,
      isClosed: () => this.#isClosed,
    };
  }

  #knownEnds(): CursorVector {
    const ends: Record<string, number> = {};
    for (const [key, { end }] of this.#partitions) if (end !== undefined) ends[key] = end;
    return ends;
  }

  #ring(): void {
    for (const bell of this.#bells) bell.ring();
  }
}

function createPartitions(options: DistributedChangeFeedOptions): ReadonlyMap<string, FeedPartition> {
  const count = Object.values(options.topics).reduce((sum, { partitions }) => sum + partitions, 0);
  const maxRecentBytes = (options.maxRecentBytes ?? 16 * 1024 * 1024) / Math.max(count, 1);
  const partitions = Object.entries(options.topics).flatMap(([topic, { changeTopic, partitions: numbers }]) =>
    Array.from({ length: numbers }, (_, partition) => {
      return new FeedPartition({ topic, partition, changeTopic, maxRecentBytes });
    }),
  );
  return new Map(partitions.map((partition) => [partition.key, partition]));
}
