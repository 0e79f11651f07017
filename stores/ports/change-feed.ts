/** The port of the change feed: which entities an applied batch touched, as a log with a fast path. */
import type { CursorVector } from "../../schema/cursor.ts";

/** The touched members of one entity type. Field sets repeat, so a key names its set by index. */
export interface EntityChanges {
  readonly entity: string;
  readonly shapes: readonly (readonly string[])[];
  readonly keys: readonly string[];
  /** Index into `shapes`, one a key. */
  readonly shapeOf: readonly number[];
}

/** What one applied batch changed: the log range [from, to) of one partition. Empty `entities` is a heartbeat. */
export interface ChangeBatch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly entities: readonly EntityChanges[];
}

export interface ChangeFeed extends AsyncDisposable {
  /**
   * Publishes after the batch was applied. Durable before it resolves; published again (after a crash) with any batch
   * boundaries, readers see no range twice.
   */
  publish(batches: readonly ChangeBatch[]): Promise<void>;
  /**
   * Yields batches from `after` on (absent partitions: from now), each partition in order without gap or repetition,
   * until `signal` aborts. A reader that is slower than the feed reads on from the log: nothing is buffered without
   * bound. @throws CURSOR_EXPIRED when the log no longer reaches back to `after`
   */
  subscribe(options: { readonly after: CursorVector; readonly signal: AbortSignal }): AsyncIterable<ChangeBatch>;
  /** The end of what is published, per partition. */
  ends(): Promise<CursorVector>;
  /** Forgets batches of one partition that end at or below `before`. Idempotent. */
  trim(topic: string, partition: number, before: number): Promise<void>;
}
