/** The change feed of the embedded profile, on LMDB: a log of what each applied batch changed, read across threads. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import type { ChangeBatch, ChangeFeed } from "../ports/change-feed.ts";
import { Doorbell } from "../ports/doorbell.ts";
import { changeKey, placeOfKey, sealableChanges } from "./change-chunk.ts";
import { ChangeFeedReader, feedPartitionName, type FeedPartition } from "./change-feed-reader.ts";
import { CommitQueue, type Draft } from "./commit-queue.ts";
import { openEnvironment, type Environment, type RecordName } from "./environment.ts";
import { sealChunk, type UnsealedChunk } from "./sealed-bytes.ts";
import { WakeChannel } from "./wake-channel.ts";

const format = { kind: "change feed", version: 1 };
const partitionCount: RecordName<number> = "partitions";
/** Chunks that one commit of a trim removes at most. */
const trimChunks = 1024;

/**
 * Opens the feed in folder `path`. Every thread of the process may open it. A publication reaches the subscribers of all
 * threads as a wake-up with the new ends; each reads the batches at its own position, so no reader has a queue of its
 * own, and where nobody subscribes nothing is read or decoded. A waiting subscriber does not keep its thread alive.
 * @throws STORE_FORMAT, STORE_UNAVAILABLE
 */
export async function openEmbeddedChangeFeed(options: { readonly path: string }): Promise<ChangeFeed> {
  return new EmbeddedChangeFeed(await openEnvironment({ path: options.path, format }));
}

class EmbeddedChangeFeed implements ChangeFeed {
  readonly #environment: Environment;
  readonly #queue: CommitQueue;
  readonly #reader: ChangeFeedReader;
  readonly #channel: WakeChannel<CursorVector>;
  readonly #bell = new Doorbell();
  /** The newest ends that this thread knows of. */
  readonly #ends = new Map<string, number>();
  #closed = false;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#queue = new CommitQueue(environment);
    this.#reader = new ChangeFeedReader(environment);
    this.#channel = new WakeChannel(environment.path, (ends) => {
      this.#learn(Object.entries(ends));
      this.#bell.ring();
    });
  }

  async publish(batches: readonly ChangeBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const encoded = batches.map((batch) => ({ batch, chunk: sealableChanges(batch.entities) }));
    const bytes = encoded.reduce((sum, { chunk }) => sum + chunk.bytes.length, 0);
    const ends = await this.#queue.commit(
      (draft) => Object.fromEntries(encoded.map(({ batch, chunk }) => putBatch(draft, batch, chunk))),
      { bytes },
    );
    this.#channel.tell(ends);
  }

  subscribe(options: { readonly after: CursorVector; readonly signal: AbortSignal }): AsyncIterable<ChangeBatch> {
    const positions = new Map(Object.entries({ ...this.#readEnds(), ...options.after }));
    return this.#follow(positions, options.signal);
  }

  async *progress(signal: AbortSignal): AsyncIterable<CursorVector> {
    this.#readEnds();
    while (!this.#isOver(signal)) {
      const seen = this.#bell.count;
      yield Object.fromEntries(this.#ends);
      await this.#bell.wait(seen, { signal });
    }
  }

  async ends(): Promise<CursorVector> {
    return this.#readEnds();
  }

  async trim(topic: string, partition: number, before: number): Promise<void> {
    const name = feedPartitionName(partitionKey(topic, partition));
    for (let more = true; more;) {
      more = await this.#queue.commit((draft) => this.#trimSome(draft, name, before), { alone: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
    await this.#queue.idle();
    this.#channel[Symbol.dispose]();
    await this.#environment[Symbol.asyncDispose]();
  }

  async *#follow(positions: Map<string, number>, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    while (!this.#isOver(signal)) {
      const seen = this.#bell.count;
      // One batch a partition and round, so that a busy partition does not keep the others waiting.
      for (let found = true; found;) {
        found = false;
        for (const [key, end] of this.#ends) {
          const position = positions.get(key);
          if (position !== undefined && position >= end) continue;
          const batch = this.#reader.next(key, position);
          if (batch === undefined) continue;
          positions.set(key, batch.to);
          found = true;
          yield batch;
          if (this.#isOver(signal)) return;
        }
      }
      await this.#bell.wait(seen, { signal });
    }
  }

  #trimSome(draft: Draft, name: RecordName<FeedPartition>, before: number): boolean {
    const partition = draft.read(name);
    if (partition === undefined || before <= partition.start) return false;
    const { number } = partition;
    const first = changeKey({ number, to: 0, from: 0 });
    const behind = changeKey({ number, to: Math.min(before, partition.end) + 1, from: 0 });
    const gone = this.#environment.chunkKeys(first, behind, trimChunks);
    const last = gone.at(-1);
    if (last === undefined) return false;
    for (const key of gone) draft.removeChunk(key);
    draft.write(name, { ...partition, start: placeOfKey(last).to });
    return gone.length === trimChunks;
  }

  #isOver(signal: AbortSignal): boolean {
    return this.#closed || signal.aborted;
  }

  #readEnds(): CursorVector {
    this.#learn([...this.#reader.partitions()].map(([key, { end }]) => [key, end]));
    return Object.fromEntries(this.#ends);
  }

  #learn(ends: readonly (readonly [key: string, end: number])[]): void {
    for (const [key, end] of ends) this.#ends.set(key, Math.max(end, this.#ends.get(key) ?? 0));
  }
}

/** Puts one batch behind the end of its partition; answers that partition's new end. */
function putBatch(draft: Draft, batch: ChangeBatch, chunk: UnsealedChunk): readonly [key: string, end: number] {
  const key = partitionKey(batch.topic, batch.partition);
  const partition = draft.read(feedPartitionName(key)) ?? newPartition(draft, batch.from);
  const end = Math.max(partition.end, batch.to);
  draft.write(feedPartitionName(key), { ...partition, end });
  if (batch.to > partition.end) {
    const place = changeKey({ number: partition.number, from: Math.max(batch.from, partition.end), to: batch.to });
    draft.putChunk(place, sealChunk(chunk, place));
  }
  return [key, end];
}

function newPartition(draft: Draft, from: number): FeedPartition {
  const number = draft.read(partitionCount) ?? 0;
  draft.write(partitionCount, number + 1);
  return { number, origin: from, start: from, end: from };
}
