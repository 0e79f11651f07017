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

/**
 * What one applied batch changed: the log range [from, to) of one partition. Empty `entities` is a heartbeat. A batch
 * that was read may decode `entities` when they are first asked for; it may be shared, so do not change it.
 */
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
   * boundaries, readers see no range twice: of a batch that overlaps what is published, `from` moves up to there, and
   * one that lies below it is dropped. A batch that begins above the published end leaves a gap, which readers at it see
   * as CURSOR_EXPIRED.
   */
  publish(batches: readonly ChangeBatch[]): Promise<void>;
  /**
   * Yields batches from `after` on (absent partitions: from the moment of this call), each partition in order without
   * gap or repetition, until `signal` aborts. The first batch of a partition may have begun below `after`: its `from` is
   * moved up, its entities stay whole. A reader that is slower than the feed reads on from the log: nothing is buffered
   * without bound. @throws CURSOR_EXPIRED when the log no longer reaches back to `after`, or to where a slow reader is
   */
  subscribe(options: { readonly after: CursorVector; readonly signal: AbortSignal }): AsyncIterable<ChangeBatch>;
  /** Yields {@link ends} now and whenever they grow, without reading batches; a slow reader sees only the newest. */
  progress(signal: AbortSignal): AsyncIterable<CursorVector>;
  /** The end of what is published, per partition. */
  ends(): Promise<CursorVector>;
  /** Forgets batches of one partition that end at or below `before`. Idempotent. */
  trim(topic: string, partition: number, before: number): Promise<void>;
}
