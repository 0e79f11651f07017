/** Writes the batches of one partition into the log of changes, in the order of the calls. */
import type { ChangeBatch } from "../../ports/change-feed.ts";
import type { KafkaAppend, KafkaConnection } from "../kafka/kafka-connection.ts";
import {
  assembledRecord,
  encodeBatch,
  partRecords,
  recordOf,
  type ChangeRange,
  type LogPlace,
} from "./change-record.ts";

export interface PublishedBatch extends ChangeRange, LogPlace {
  /** The encoded batch, its place not yet written. */
  readonly message: Buffer;
}

export interface PublishLaneDeps {
  readonly kafka: Pick<KafkaConnection, "produce">;
  readonly changeTopic: string;
  readonly partition: number;
  /** A record, and the records of one request together, are at most so long. */
  readonly maxRecordBytes: number;
  /** Called for each batch when it is durable, before its publisher is told. */
  readonly onPublished: (batch: PublishedBatch) => void;
}

interface WaitingBatch extends ChangeRange {
  readonly message: Buffer;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * One request at a time: what arrives meanwhile goes out together with the next. When a request fails, all that waits
 * behind it fails too: written without what is missing, it would be a gap. Holds what its callers wait for.
 */
export class PublishLane {
  readonly #deps: PublishLaneDeps;
  #waiting: WaitingBatch[] = [];
  #isRunning = false;

  constructor(deps: PublishLaneDeps) {
    this.#deps = deps;
  }

  /** Resolves when the batch is durable. @throws STORE_UNAVAILABLE */
  add(batch: ChangeBatch): Promise<void> {
    const { from, to } = batch;
    const message = encodeBatch(batch);
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ from, to, message, resolve, reject }));
    if (!this.#isRunning) void this.#run();
    return written;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
        for (const { resolve } of group) resolve();
      } catch (fault) {
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(fault);
      }
    }
    this.#isRunning = false;
  }

  /** As many as go into one request; a batch that is too large for one goes alone. */
  #takeGroup(): readonly WaitingBatch[] {
    let bytes = 0;
    const tooMuch = this.#waiting.findIndex(({ message }) => (bytes += message.length) > this.#deps.maxRecordBytes);
    return this.#waiting.splice(0, tooMuch === -1 ? this.#waiting.length : Math.max(tooMuch, 1));
  }

  async #write(group: readonly WaitingBatch[]): Promise<void> {
    const [large] = group;
    if (large !== undefined && recordOf(large.message).length > this.#deps.maxRecordBytes) {
      await this.#writeInParts(large);
      return;
    }
    const offsets = await this.#produce(group.map(({ message, to }) => ({ value: recordOf(message), to })));
    for (const [at, { from, to, message }] of group.entries()) {
      const first = offsets[at] ?? 0;
      this.#deps.onPublished({ from, to, message, first, next: first + 1 });
    }
  }

  /** The last record names the others: only with it is the batch in the log. */
  async #writeInParts(batch: WaitingBatch): Promise<void> {
    const { from, to, message } = batch;
    const parts: number[] = [];
    for (const value of partRecords(recordOf(message), this.#deps.maxRecordBytes)) {
      parts.push(...(await this.#produce([{ value, to }])));
    }
    const [last = 0] = await this.#produce([{ value: assembledRecord(batch, parts), to }]);
    const [lowest = last] = parts;
    const first = last - lowest === parts.length ? lowest : last;
    this.#deps.onPublished({ from, to, message, first, next: last + 1 });
  }

  #produce(records: readonly { readonly value: Buffer; readonly to: number }[]): Promise<readonly number[]> {
    const { kafka, changeTopic, partition } = this.#deps;
    const appends = records.map(({ value, to }): KafkaAppend => {
      return { partition, key: null, value, headers: {}, timestamp: to };
    });
    return kafka.produce(changeTopic, appends);
  }
}
