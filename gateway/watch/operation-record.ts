/** What is known of one operation while it runs and once it has ended: facts for metrics, traces, the log and Server-Timing. */
import type { OperationDefinitionNode } from "graphql";
import type { FetchRecord } from "./fetch-record.ts";

export type OperationType = "query" | "mutation" | "subscription";

/** Which door the request came by; `other`: one that is not the gateway's own. */
export type Door = "http" | "sse" | "websocket" | "other";

/** `partial`: data beside errors. `failed`: errors only. `cancelled`: the client has gone before. */
export type OperationOutcome = "ok" | "partial" | "failed" | "cancelled";

/** `parse`: until the operation is known to be valid. `plan`: variables and plan. `fetch`: reads of subgraphs. `write`: the answer. */
export type Stage = "parse" | "plan" | "fetch" | "write";

/** Follows one operation as it runs: a trace. Times are those of `performance.now()`. */
export interface OperationTrace {
  /** The trace context of the operation, as W3C has it. */
  readonly traceparent: string;
  /** Runs work that belongs to the operation. */
  within<T>(work: () => T): T;
  fetch(fetch: FetchRecord): FetchTrace;
  /** The operation has ended; the record says how. */
  end(record: OperationRecord): void;
}

export interface FetchTrace {
  /** The trace context that the subgraph is told: a `traceparent` as W3C has it. */
  readonly traceparent: string;
  /** Runs the fetch. */
  within<T>(work: () => T): T;
  /** The fetch has ended; its record says how. */
  end(): void;
}

export class OperationRecord {
  readonly door: Door;
  /** As `performance.now()` has it; likewise below. */
  readonly startedAt: number;
  type: OperationType = "query";
  /** As the client named it; null: it has no name. Any text: not fit for a metric's label. */
  name: string | null = null;
  operation: OperationDefinitionNode | undefined;
  requestId = "";
  /** Whether its plan was there already; undefined: it never came so far. */
  isPlanKnown: boolean | undefined;
  /** In milliseconds. */
  readonly ms: Record<Stage, number> = { parse: 0, plan: 0, fetch: 0, write: 0 };
  /** In the order that they began in; without those of a subscription's messages. */
  readonly fetches: FetchRecord[] = [];
  /** Another request was answered the same at once, and its operation was not run again for this one. */
  isShared = false;
  outcome: OperationOutcome = "ok";
  /** The stable code of the first error; null: there is none. */
  code: string | null = null;
  /** Of the answer as JSON, before compression; 0 where it has errors only, and for a subscription. */
  bytes = 0;
  trace: OperationTrace | undefined;
  #stage: Stage = "parse";
  #stageBegan: number;
  #endedAt: number | undefined;

  constructor(door: Door) {
    this.door = door;
    this.startedAt = performance.now();
    this.#stageBegan = this.startedAt;
  }

  get isEnded(): boolean {
    return this.#endedAt !== undefined;
  }

  /** From the request until its answer was written, in milliseconds; until now while it runs. */
  get totalMs(): number {
    return (this.#endedAt ?? performance.now()) - this.startedAt;
  }

  /** The stage before is over. */
  enter(stage: Stage): void {
    if (this.isEnded) return;
    const now = performance.now();
    this.ms[this.#stage] += now - this.#stageBegan;
    this.#stage = stage;
    this.#stageBegan = now;
  }

  end(): void {
    this.enter(this.#stage);
    this.#endedAt = this.#stageBegan;
  }
}
