/**
 * One subscriber: a position a partition, served from the recent batches or, below them, from pages of the log.
 *
 *     position at the end ──> waits for the bell
 *              in the recent batches ──> takes the next one
 *              below them ──> reads a page, until it meets the recent batches
 */
import { OnefoldError } from "../../../schema/errors.ts";
import { clipBatch } from "../../ports/change-codec.ts";
import type { ChangeBatch } from "../../ports/change-feed.ts";
import { Doorbell } from "../../ports/doorbell.ts";
import type { FeedPartition, PastEnd, SubscriptionStart } from "./feed-partition.ts";
import { endBelow, firstFrom, type LogReads } from "./log-end.ts";
import type { ChangePage, LogPager } from "./log-pager.ts";

export interface FollowDeps {
  readonly kafka: LogReads;
  readonly pager: LogPager;
  /** Rung whenever the end of some partition moves, and when the feed closes. */
  readonly bells: Set<Doorbell>;
  /** After Kafka did not answer. */
  readonly retryMs: number;
  readonly isClosed: () => boolean;
}

export type SubscriptionStarts = ReadonlyMap<FeedPartition, SubscriptionStart>;

export async function* followPartitions(
  deps: FollowDeps,
  starts: SubscriptionStarts,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch> {
  const follower = new Follower(deps, starts);
  const isOver = (): boolean => deps.isClosed() || signal.aborted;
  deps.bells.add(follower.bell);
  try {
    while (!isOver()) {
      const seen = follower.bell.count;
      // A little of each partition in turn, so that a busy one does not keep the others waiting.
      for (let found = true; found;) {
        found = false;
        for (const [partition, start] of starts) {
          for (const batch of follower.take(partition, start)) {
            found = true;
            yield batch;
            if (isOver()) return;
          }
        }
      }
      await follower.wait(seen, signal);
    }
  } finally {
    deps.bells.delete(follower.bell);
  }
}

/** Holds one page at most, and has one request to Kafka under way at most. */
class Follower {
  readonly bell = new Doorbell();
  readonly #deps: FollowDeps;
  readonly #positions = new Map<FeedPartition, number>();
  #page: ChangePage | null = null;
  #isReading = false;
  #isUnavailable = false;
  #fault: { readonly cause: unknown } | null = null;

  constructor(deps: FollowDeps, starts: SubscriptionStarts) {
    this.#deps = deps;
    for (const [partition, start] of starts) if ("position" in start) this.#positions.set(partition, start.position);
  }

  /** What is at hand after the position: one recent batch, or what a page holds. The position moves with each. */
  *take(partition: FeedPartition, start: SubscriptionStart): Generator<ChangeBatch> {
    if (this.#fault !== null) throw this.#fault.cause;
    if (partition.end === undefined) return;
    const position = this.#positions.get(partition);
    if (position === undefined) {
      if ("limit" in start) this.#read(() => this.#findStart(partition, start));
      return;
    }
    if (position >= partition.end) return;
    const recent = partition.recentAt(position);
    if (recent === undefined) {
      yield* this.#takePage(partition, position);
      return;
    }
    this.#positions.set(partition, recent.to);
    yield recent;
  }

  /** Resolves when there may be something to take, when the signal aborts, and when the feed closes. */
  async wait(seen: number, signal: AbortSignal): Promise<void> {
    const retry = this.#isUnavailable ? { waitMs: this.#deps.retryMs } : {};
    await this.bell.wait(seen, { signal, ...retry });
    this.#isUnavailable = false;
  }

  *#takePage(partition: FeedPartition, position: number): Generator<ChangeBatch> {
    const page = this.#heldPage(partition, position) ?? this.#deps.pager.kept(partition, position);
    if (page === undefined) {
      this.#read(async () => void (this.#page = (await this.#deps.pager.read(partition, position)) ?? this.#missing()));
      return;
    }
    let from = position;
    for (const batch of page.batches) {
      if (batch.to <= position) continue;
      this.#positions.set(partition, batch.to);
      yield clipBatch(batch, from);
      from = batch.to;
    }
  }

  /** The page that was read for this position; it is given up, for it is about to be taken. */
  #heldPage(partition: FeedPartition, position: number): ChangePage | undefined {
    const page = this.#page;
    if (page?.partition !== partition) return undefined;
    this.#page = null;
    return page.start === position ? page : undefined;
  }

  #missing(): null {
    this.#isUnavailable = true;
    return null;
  }

  async #findStart(partition: FeedPartition, past: PastEnd): Promise<void> {
    const { kafka } = this.#deps;
    const start = (await endBelow(kafka, partition, past)) ?? (await firstFrom(kafka, partition, past.limit));
    if (start === undefined) this.#isUnavailable = true;
    else this.#positions.set(partition, start);
  }

  #read(work: () => Promise<void>): void {
    if (this.#isReading || this.#isUnavailable || this.#page !== null) return;
    this.#isReading = true;
    work()
      .catch((cause: unknown) => {
        // A broker that is away for a while ends no subscription.
        if (cause instanceof OnefoldError && cause.code === "STORE_UNAVAILABLE") this.#isUnavailable = true;
        else this.#fault = { cause };
      })
      .finally(() => {
        this.#isReading = false;
        this.bell.ring();
      });
  }
}
