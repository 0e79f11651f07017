/** The change feed in memory, for tests: a list of batches a partition. Nothing outlives the process. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { ChangeBatch, ChangeFeed } from "../ports/change-feed.ts";
import { Doorbell } from "../ports/doorbell.ts";

interface Partition {
  /** Where its first batch ever began. */
  readonly origin: number;
  /** Where the first batch still held begins. */
  start: number;
  end: number;
  /** Ascending, without overlap. */
  readonly batches: ChangeBatch[];
}

export function createMemoryChangeFeed(): ChangeFeed {
  return new MemoryChangeFeed();
}

class MemoryChangeFeed implements ChangeFeed {
  readonly #partitions = new Map<string, Partition>();
  readonly #bell = new Doorbell();
  #closed = false;

  async publish(batches: readonly ChangeBatch[]): Promise<void> {
    for (const batch of batches) {
      const { topic, partition: number, from, to } = batch;
      const partition = this.#partitions.get(partitionKey(topic, number)) ?? newPartition(from);
      this.#partitions.set(partitionKey(topic, number), partition);
      if (to <= partition.end) continue;
      partition.batches.push({ ...batch, from: Math.max(from, partition.end) });
      partition.end = to;
    }
    this.#bell.ring();
  }

  subscribe(options: { readonly after: CursorVector; readonly signal: AbortSignal }): AsyncIterable<ChangeBatch> {
    const positions = new Map(Object.entries({ ...this.#ends(), ...options.after }));
    return this.#follow(positions, options.signal);
  }

  async *progress(signal: AbortSignal): AsyncIterable<CursorVector> {
    while (!this.#isOver(signal)) {
      const seen = this.#bell.count;
      yield this.#ends();
      await this.#bell.wait(seen, { signal });
    }
  }

  async ends(): Promise<CursorVector> {
    return this.#ends();
  }

  async trim(topic: string, number: number, before: number): Promise<void> {
    const partition = this.#partitions.get(partitionKey(topic, number));
    if (partition === undefined) return;
    const gone = partition.batches.filter(({ to }) => to <= before);
    partition.batches.splice(0, gone.length);
    partition.start = gone.at(-1)?.to ?? partition.start;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#bell.ring();
  }

  async *#follow(positions: Map<string, number>, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
    while (!this.#isOver(signal)) {
      const seen = this.#bell.count;
      for (const [key, partition] of this.#partitions) {
        for (
          let batch = next(key, partition, positions);
          batch !== undefined;
          batch = next(key, partition, positions)
        ) {
          yield batch;
          if (this.#isOver(signal)) return;
        }
      }
      await this.#bell.wait(seen, { signal });
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return this.#closed || signal.aborted;
  }

  #ends(): CursorVector {
    return Object.fromEntries([...this.#partitions].map(([key, { end }]) => [key, end]));
  }
}

function newPartition(from: number): Partition {
  return { origin: from, start: from, end: from, batches: [] };
}

/** The batch that a reader's position is in, from there on; moves the position behind it. */
function next(key: string, partition: Partition, positions: Map<string, number>): ChangeBatch | undefined {
  const position = positions.get(key) ?? partition.origin;
  if (position >= partition.end) return undefined;
  const batch = partition.batches.find(({ to }) => to > position);
  if (batch === undefined || batch.from > position || position < partition.start) {
    throw new OnefoldError("CURSOR_EXPIRED", `The changes of ${key} after ${position} are no longer held.`);
  }
  positions.set(key, batch.to);
  return { ...batch, from: position };
}
