/** What the worker tells whoever watches it: a few calls a batch, never one an event. Metrics, traces and logs implement it. */
import type { LogRecord } from "../../stores/ports/event-log.ts";
import type { Sequence } from "../../stores/ports/sequence.ts";
import type { Tally } from "../models/outcome-tallies.ts";

/**
 * What a batch goes through, in this order. `read` includes the wait for its first record; `standardize` is mapping,
 * validation and dedupe; `quarantine` only happens where records were rejected; `series` runs later, for several batches.
 */
export const ingestStages = ["read", "standardize", "quarantine", "state", "changes", "series"] as const;
export type IngestStage = (typeof ingestStages)[number];

/** Ends what was begun; with the fault, if it failed. */
export type StageEnd = (fault?: unknown) => void;

export interface IngestMonitor {
  /** A read of one partition begins; the answer is told what becomes of it, or dropped if nothing was there. */
  batch(of: { readonly topic: string; readonly partition: number }): BatchMonitor;
  /** Series rows of some batches are being written. */
  seriesWrite(of: { readonly rows: number; readonly traceparents: readonly string[] }): StageEnd;
  /** The worker holds these partitions and runs. */
  running(assignment: { readonly epoch: number; readonly partitions: readonly string[] }): void;
  /** Whatever the worker reports as a fault: one that makes it start again, or one that it passes. */
  fault(fault: Error): void;
}

export interface BatchMonitor {
  /** Trace context of this batch, for what is done later on its behalf; null: not traced. */
  readonly traceparent: string | null;
  /** The records are there. */
  read(records: Sequence<LogRecord>): void;
  /** A stage begins. */
  stage(stage: Exclude<IngestStage, "read" | "series">): StageEnd;
  /** All stages but the series are through. */
  done(result: BatchResult): void;
  failed(fault: unknown): void;
}

export interface BatchResult {
  readonly outcomes: Tally;
  /** Rows of this partition that wait for the series store. */
  readonly bufferedRows: number;
  /** Ids in this partition's dedupe index. */
  readonly dedupeEntries: number;
}

/** How many batches a series write names at most as what it continues. */
export const MAX_TRACES = 32;

const ignore = (): void => {};

export const silentBatch: BatchMonitor = {
  traceparent: null,
  read: ignore,
  stage: () => ignore,
  done: ignore,
  failed: ignore,
};

/** Watches nothing. */
export const silentMonitor: IngestMonitor = {
  batch: () => silentBatch,
  seriesWrite: () => ignore,
  running: ignore,
  fault: ignore,
};

/** Waits for work that belongs to a stage, and ends the stage with it. */
export async function during<T>(end: StageEnd, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    end();
    return result;
  } catch (fault) {
    end(fault);
    throw fault;
  }
}
