/** Reads batches out of the embedded change feed, one at a time, by the position of a subscriber. */
import { parsePartitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { clipBatch, lazyBatch } from "../ports/change-codec.ts";
import type { ChangeBatch } from "../ports/change-feed.ts";
import { changeKey, placeOfKey } from "./change-chunk.ts";
import type { Environment, RecordName } from "./environment.ts";
import { isSealed, sealBytes } from "./sealed-bytes.ts";

/** One partition of the feed. */
export interface FeedPartition {
  /** Stands for topic and partition in the keys of chunks. */
  readonly number: number;
  /** Where its first batch ever began. */
  readonly origin: number;
  /** Where the first batch still held begins. */
  readonly start: number;
  readonly end: number;
}

export const feedPartitionName = (key: string): RecordName<FeedPartition> => `partition/${key}`;

/** Batches kept for the other subscribers of this thread. */
const keptBatches = 64;
const maxKeptBytes = 8 * 1024 * 1024;
const highestOffset = 2 ** 48 - 1;

interface KeptBatch {
  readonly bytes: number;
  readonly batch: ChangeBatch;
}

export class ChangeFeedReader {
  readonly #environment: Environment;
  /** By key, oldest first. */
  readonly #kept = new Map<string, KeptBatch>();
  #keptBytes = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Every partition, by its key in a cursor. */
  partitions(): ReadonlyMap<string, FeedPartition> {
    this.#environment.renewSnapshot();
    const prefix = feedPartitionName("");
    return new Map(
      [...this.#environment.recordsFrom(prefix)].map(([name, found]) => [name.slice(prefix.length), found]),
    );
  }

  /**
   * The batch that `position` is in, from there on; `undefined` at the end. Without a position: the first ever.
   * @throws CURSOR_EXPIRED when it was trimmed, STORE_UNAVAILABLE when it failed its checksum
   */
  next(key: string, position: number | undefined): ChangeBatch | undefined {
    this.#environment.renewSnapshot();
    const partition = this.#environment.record(feedPartitionName(key));
    if (partition === undefined) return undefined;
    const from = position ?? partition.origin;
    if (from >= partition.end) return undefined;
    const { number } = partition;
    const above = changeKey({ number, to: from + 1, from: 0 });
    const last = changeKey({ number, to: highestOffset, from: highestOffset });
    const [found] = this.#environment.chunkKeys(above, last, 1);
    if (from < partition.start || found === undefined || placeOfKey(found).from > from) {
      const oldest = `the oldest held begin at ${partition.start}`;
      throw new OnefoldError("CURSOR_EXPIRED", `The changes of ${key} after ${from} are no longer held; ${oldest}.`);
    }
    const batch = this.#batch(key, found);
    return clipBatch(batch, from);
  }

  #batch(partition: string, key: Buffer): ChangeBatch {
    const name = key.toString("latin1");
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept.batch;
    const bytes = this.#environment.chunk(key);
    const place = placeOfKey(key);
    if (bytes === undefined || !isSealed(bytes, key)) {
      const range = `${partition} from ${place.from} to ${place.to}`;
      throw new OnefoldError("STORE_UNAVAILABLE", `The changes of ${range} failed their checksum.`);
    }
    const { from, to } = place;
    const batch = lazyBatch({ ...parsePartitionKey(partition), from, to }, bytes, sealBytes);
    this.#keep(name, { bytes: bytes.length, batch });
    return batch;
  }

  #keep(name: string, entry: KeptBatch): void {
    this.#kept.set(name, entry);
    this.#keptBytes += entry.bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#kept.size <= keptBatches && this.#keptBytes <= maxKeptBytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes;
    }
  }
}
