/** The port of the state store: current values of entities, with the log range that they include. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { Mutation, StateValue } from "./state-value.ts";

/** All that one batch does to one member of an entity. No mutations: it only comes to exist. */
export interface EntityMutations {
  readonly entity: string;
  /** Typed identifier: `member:42`. */
  readonly key: string;
  /** At most one a field. */
  readonly mutations: readonly Mutation[];
}

/** One virtual shard's part of a batch: the log range [from, to). */
export interface ShardBatch {
  readonly shard: number;
  /** The fence the writer believes in; another one in the store means another writer was there. */
  readonly from: number;
  /** May be gone through more than once, and is made anew each time. */
  readonly entities: Iterable<EntityMutations>;
}

/**
 * Ids accepted in one read of the log: the dedupe index, written before any fence passes its range. A segment replaces
 * only one of the same range. Ranges may overlap, where a stretch was read again after a crash: together they say it all.
 */
export interface IndexSegment {
  readonly from: number;
  readonly to: number;
  /** Opaque bytes. */
  readonly bytes: Uint8Array;
}

/** A segment to keep, and how far back segments are still needed: those that end at or below `keepAbove` are dropped. */
export interface SegmentWrite extends IndexSegment {
  readonly keepAbove: number;
}

export interface StateBatch {
  readonly generation: number;
  readonly topic: string;
  readonly partition: number;
  readonly to: number;
  /** Only these shards move. */
  readonly shards: readonly ShardBatch[];
  readonly segment: SegmentWrite | null;
}

/** Per shard: applied, or refused because its fence was not `from`. */
export interface StateApplied {
  readonly moved: readonly { readonly shard: number; readonly fence: number }[];
}

export interface StateRead {
  /** One a key, in order; null for a key never written. */
  readonly entities: readonly (ReadonlyMap<string, StateValue> | null)[];
  /** The least fence, per partition, over the shards read: taken in the same snapshot as the values. */
  readonly includes: CursorVector;
}

/** Which generation of models serves, which others are kept. One versioned record. */
export interface GenerationRecord {
  readonly version: number;
  readonly serving: number;
  /** Fingerprint of the declaration by generation, for all that are kept. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Being built: serves as soon as it includes what the serving one does. Absent: none. */
  readonly next?: number;
  /** Built, and kept to go back to. Absent: none. */
  readonly kept?: readonly number[];
  /** The serving one is to be kept, too, when the next one serves. */
  readonly keepServing?: boolean;
}

export interface StateStore extends AsyncDisposable {
  /**
   * Applies a batch, atomically per shard and not across shards: each shard's values and its fence change together, and
   * only if the fence equals `from`. A refused shard changes nothing and is reported; the segment is kept all
   * the same. Resolves when readers see it.
   * @throws STORE_UNAVAILABLE when it cannot write, or when a value it would add to fails its checksum
   */
  apply(batch: StateBatch): Promise<StateApplied>;
  /** Reads members of one entity in one snapshot per shard. `fields` null: all. @throws STORE_UNAVAILABLE on a checksum */
  read(request: {
    readonly generation: number;
    readonly entity: string;
    readonly keys: readonly string[];
    readonly fields: readonly string[] | null;
  }): Promise<StateRead>;
  /** The fence of every shard for one partition: 0 where nothing was applied. */
  fences(generation: number, topic: string, partition: number): Promise<readonly number[]>;
  /** Dedupe segments of one partition that reach above `above`, in order of `from`, then `to`. */
  segments(generation: number, topic: string, partition: number, above: number): AsyncIterable<IndexSegment>;
  /** Every member of an entity in the order of its key's UTF-8 bytes: for dumps and comparisons. */
  scan(
    generation: number,
    entity: string,
  ): AsyncIterable<{ readonly key: string; readonly values: ReadonlyMap<string, StateValue> }>;
  /** The generation record; null in a fresh store. */
  generations(): Promise<GenerationRecord | null>;
  /**
   * Replaces the generation record if its version is still `expectedVersion` (0: none), and drops the data of
   * generations it no longer names. Answers whether it did.
   */
  serve(record: GenerationRecord, expectedVersion: number): Promise<boolean>;
}
