/** A compacted topic as a table of small states by name: followed to its end, transactions decided by their markers. */
import { OnefoldError } from "../../../schema/errors.ts";
import { endOfBatch, isAbortMarker, type FetchedRecord } from "./committed-records.ts";
import { FetchClient, type FetchedPartition } from "./fetch-client.ts";
import { operationTimeoutMs } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import { refusalOf, unavailable } from "./kafka-errors.ts";
import { setTimeout as wait } from "node:timers/promises";

/** A state as its record holds it, as JSON. */
export interface StoredState {
  readonly version: number;
  readonly state: string;
  /** Names the transaction that wrote it, so that its writer knows its own after an answer was lost. */
  readonly attempt: string;
}

const limits = {
  maxWaitMs: 0,
  maxBytesPerPartition: 8 * 1024 * 1024,
  maxBytes: 8 * 1024 * 1024,
  // The end of what is decided may stand still for a minute below a dead producer's transaction. What this table wants to
  // know, it knows earlier: the marker of a transaction stands behind its records.
  committed: false,
};
const retryPauseMs = 100;
const maxRememberedAttempts = 1000;

export class StateTable {
  readonly #client: FetchClient;
  readonly #topic: string;
  readonly #timeoutMs: number;
  readonly #states = new Map<string, StoredState>();
  /** What open transactions wrote, by producer id. */
  readonly #open = new Map<string, Map<string, StoredState | null>>();
  readonly #attempts = new Set<string>();
  #position = 0;
  #following: Promise<void> | null = null;

  /** `topic` has one partition. */
  constructor(options: KafkaOptions, topic: string) {
    this.#client = new FetchClient(options);
    this.#topic = topic;
    this.#timeoutMs = operationTimeoutMs(options);
  }

  /** Reads on to the end that the topic has now. Every transaction that had ended before is decided. */
  async catchUp(): Promise<void> {
    // One that began before may have seen an older end.
    await this.#following?.catch(() => {});
    this.#following ??= this.#follow().finally(() => (this.#following = null));
    await this.#following;
  }

  get(name: string): StoredState | undefined {
    return this.#states.get(name);
  }

  /** Whether a transaction is known to be committed; for recent ones only. */
  hasCommitted(attempt: string): boolean {
    return this.#attempts.has(attempt);
  }

  entries(): readonly (readonly [string, StoredState])[] {
    return [...this.#states];
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #follow(): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    for (let end = Infinity; this.#position < end;) {
      try {
        const fetched = await this.#fetch();
        if (end === Infinity) end = fetched.highWatermark;
        this.#takeIn(fetched);
      } catch (error) {
        const refusal = refusalOf(this.#topic, error);
        if (refusal !== null) throw refusal;
        if (performance.now() >= deadline) throw unavailable(this.#topic, error);
        await wait(retryPauseMs);
      }
    }
  }

  async #fetch(): Promise<FetchedPartition> {
    const place = { topic: this.#topic, partition: 0, offset: this.#position };
    const leader = await this.#client.leaderOf(this.#topic, 0);
    const [fetched] = await this.#client.fetch(leader, [place], limits);
    if (fetched === undefined) throw new OnefoldError("INTERNAL", `A fetch of ${this.#topic} had no answer.`);
    return fetched;
  }

  #takeIn({ batches, highWatermark }: FetchedPartition): void {
    for (const batch of batches)
      for (const record of batch) if (Number(record.offset) >= this.#position) this.#takeRecord(record);
    const last = batches.at(-1)?.context;
    // No batches mean none up to the end: a fetch of one partition always brings its first batch.
    const next = last === undefined ? highWatermark : endOfBatch(last);
    this.#position = Math.max(this.#position, next);
  }

  #takeRecord(record: FetchedRecord): void {
    const { producerId, isControlBatch, inTransaction } = record.batchContext;
    if (isControlBatch) {
      const written = this.#open.get(producerId);
      this.#open.delete(producerId);
      if (!isAbortMarker(record)) for (const [name, state] of written ?? []) this.#set(name, state);
      return;
    }
    const name = record.key?.toString() ?? "";
    const state = record.value === null ? null : (JSON.parse(record.value.toString()) as StoredState);
    if (!inTransaction) this.#set(name, state);
    else
      this.#open.set(
        producerId,
        (this.#open.get(producerId) ?? new Map<string, StoredState | null>()).set(name, state),
      );
  }

  #set(name: string, state: StoredState | null): void {
    if (state === null) {
      this.#states.delete(name);
      return;
    }
    this.#states.set(name, state);
    this.#attempts.add(state.attempt);
    const [oldest] = this.#attempts;
    if (this.#attempts.size > maxRememberedAttempts && oldest !== undefined) this.#attempts.delete(oldest);
  }
}
