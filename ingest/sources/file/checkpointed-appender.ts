/** Appends batches of one producer, each with its checkpoint, a few at a time; tells if another process was faster. */
import { partitionKey } from "../../../schema/cursor.ts";
import type { AppendRecord, AppendResult, EventLog, RecordOrigin } from "../../../stores/ports/event-log.ts";

export interface AppendTarget {
  readonly log: EventLog;
  readonly topic: string;
  /** The producer, and the version of its state that the first append expects. */
  readonly name: string;
  readonly version: number;
  readonly clock: () => number;
}

type Outcome = { readonly result: AppendResult; readonly count: number } | { readonly fault: unknown };

const maxInFlight = 4;

/**
 * Every append expects the state that the one before it leaves, so whichever fails, none after it succeeds: what is in the
 * log is always a prefix of what was submitted. With `maxInFlight` appends under way, `append` waits for the oldest.
 */
export class CheckpointedAppender {
  readonly #target: AppendTarget;
  #version: number;
  #inFlight: Promise<Outcome>[] = [];
  #fault: { readonly error: unknown } | null = null;
  /** Another process appended under this producer: nothing further is appended here. */
  moved = false;
  appended = 0;
  /** First offset after what was appended here, by `partitionKey`. */
  readonly ends: Record<string, number> = {};

  constructor(target: AppendTarget) {
    this.#target = target;
    this.#version = target.version;
  }

  async append(origin: RecordOrigin, records: readonly AppendRecord[], state: string): Promise<void> {
    const { log, topic, name, clock } = this.#target;
    while (this.#inFlight.length >= maxInFlight) await this.#takeOldest();
    if (this.moved) return;
    const producer = { name, expectedVersion: this.#version++, state };
    const appending = log.append(topic, { origin, records, time: clock(), producer });
    this.#inFlight.push(
      appending.then(
        (result) => ({ result, count: records.length }),
        (fault: unknown) => ({ fault }),
      ),
    );
  }

  /** Waits for all that is under way. @throws what the log threw */
  async settle(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#takeOldest(false);
    if (this.#fault !== null) throw this.#fault.error;
  }

  async #takeOldest(throwing = true): Promise<void> {
    const outcome = await this.#inFlight.shift();
    if (outcome === undefined) return;
    if ("fault" in outcome) this.#fault ??= { error: outcome.fault };
    else if (outcome.result.kind === "producer-moved") this.moved = true;
    else this.#count(outcome.result, outcome.count);
    if (throwing && this.#fault !== null) throw this.#fault.error;
  }

  #count(result: AppendResult & { readonly kind: "appended" }, count: number): void {
    this.appended += count;
    for (const { partition, offset } of result.positions) {
      const key = partitionKey(this.#target.topic, partition);
      this.ends[key] = Math.max(this.ends[key] ?? 0, offset + 1);
    }
  }
}
