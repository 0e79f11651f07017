/** What this process knows of one partition of the feed: how far it is published, and its most recent batches. */
import { partitionKey } from "../../../schema/cursor.ts";
import { clipBatch, lazyBatch } from "../../ports/change-codec.ts";
import type { ChangeBatch } from "../../ports/change-feed.ts";
import type { ChangeRange, LogPlace } from "./change-record.ts";

/** The bytes that hold a batch: its entities begin at `room`. */
export interface KeptBytes {
  readonly bytes: Buffer;
  readonly room: number;
}

interface RecentBatch {
  readonly batch: ChangeBatch;
  readonly bytes: number;
}

export interface FeedPartitionOptions {
  /** The source's. */
  readonly topic: string;
  readonly partition: number;
  readonly changeTopic: string;
  readonly maxRecentBytes: number;
}

/** Where a subscriber begins: at an offset of the source, or at the end of what the log of changes held at that time. */
export type SubscriptionStart = { readonly position: number } | PastEnd;

/** The highest of `known` and the ends of all batches below `limit`, an offset of the log of changes. */
export interface PastEnd {
  readonly limit: number;
  readonly known: number | undefined;
}

/**
 * The recent batches serve every subscriber that is near the end; who is below them, or where one is missing, reads the
 * log. So memory is bounded a partition, not a subscriber, and a lost message of the fast path is nothing special.
 */
export class FeedPartition {
  readonly key: string;
  readonly topic: string;
  /** Of the source's topic and of the log of changes alike. */
  readonly number: number;
  readonly changeTopic: string;
  readonly #maxRecentBytes: number;
  /** Ascending, without overlap. */
  readonly #recent: RecentBatch[] = [];
  #recentBytes = 0;
  #end: number | undefined;
  /** All records of the log below this offset are accounted for in the end. */
  #known = 0;
  /** The newest stretch above it that is accounted for, too. What lies between, a look at the log's end finds. */
  #stretch: LogPlace = { first: 0, next: 0 };
  /** The log is known to reach at least up to here. */
  #logEnd = 0;
  #told = 0;

  constructor(options: FeedPartitionOptions) {
    this.key = partitionKey(options.topic, options.partition);
    this.topic = options.topic;
    this.number = options.partition;
    this.changeTopic = options.changeTopic;
    this.#maxRecentBytes = options.maxRecentBytes;
  }

  /** Where the last batch that is known of ends; undefined where none was ever published. */
  get end(): number | undefined {
    return this.#end;
  }

  /** Counts the batches that it was told of, otherwise than by a look at the log. */
  get told(): number {
    return this.#told;
  }

  get logEnd(): number {
    return this.#logEnd;
  }

  /** Whether the log holds records below `logOffset` that nobody told of. */
  hasUnseenBelow(logOffset: number): boolean {
    return logOffset > this.#known;
  }

  /** Where a subscriber begins that asks for what comes from now on: what this process knows is never ahead of the log. */
  startNow(): SubscriptionStart {
    if (this.hasUnseenBelow(this.#logEnd) || this.#end === undefined) return { limit: this.#logEnd, known: this.#end };
    return { position: this.#end };
  }

  /** Takes in one batch, with its bytes if there are any. True: the end has moved. */
  learnBatch(batch: ChangeRange & LogPlace, kept: KeptBytes | null): boolean {
    this.#told++;
    this.#learnStretch(batch);
    if (kept !== null) this.#keep(batch, kept);
    return this.#learnEnd(batch.to);
  }

  /** Takes in the end of what the log holds below `logOffset`. True: the end has moved. */
  learnEndAt(logOffset: number, end: number | undefined): boolean {
    this.#known = Math.max(this.#known, logOffset);
    this.#joinStretch();
    return end !== undefined && this.#learnEnd(end);
  }

  learnLogEnd(logEnd: number): void {
    this.#logEnd = Math.max(this.#logEnd, logEnd);
  }

  /** The recent batch that `position` is in, from there on. */
  recentAt(position: number): ChangeBatch | undefined {
    // Most subscribers wait for the last one.
    const found = this.#recent.findLastIndex(({ batch }) => batch.from <= position);
    const batch = this.#recent[found]?.batch;
    return batch !== undefined && batch.to > position ? clipBatch(batch, position) : undefined;
  }

  /** Lets go of recent batches that end at or below `before`. */
  forget(before: number): void {
    while ((this.#recent[0]?.batch.to ?? Infinity) <= before) this.#dropOldest();
  }

  #keep(range: ChangeRange, { bytes, room }: KeptBytes): void {
    const end = this.#recent.at(-1)?.batch.to ?? 0;
    if (range.to <= end) return;
    const { topic, number: partition } = this;
    const from = Math.max(range.from, end);
    const batch = lazyBatch({ topic, partition, from, to: range.to }, bytes, room);
    this.#recent.push({ batch, bytes: bytes.length });
    this.#recentBytes += bytes.length;
    while (this.#recentBytes > this.#maxRecentBytes) this.#dropOldest();
  }

  #dropOldest(): void {
    this.#recentBytes -= this.#recent.shift()?.bytes ?? 0;
  }

  #learnEnd(end: number): boolean {
    if (end <= (this.#end ?? -1)) return false;
    this.#end = end;
    return true;
  }

  #learnStretch({ first, next }: LogPlace): void {
    this.learnLogEnd(next);
    if (first <= this.#known) this.#known = Math.max(this.#known, next);
    else if (next > this.#stretch.next) {
      const adjoins = first <= this.#stretch.next;
      this.#stretch = { first: adjoins ? this.#stretch.first : first, next };
    }
    this.#joinStretch();
  }

  #joinStretch(): void {
    const { first, next } = this.#stretch;
    if (first <= this.#known && next > this.#known) this.#known = next;
  }
}
