/** Logs what the worker goes through: starts, rebalances, faults, and stages that take long. */
import type { BatchMonitor, IngestMonitor, IngestStage, StageEnd } from "../../ingest/worker/ingest-monitor.ts";
import { faultFields, type WriteLogEvent } from "./log-event.ts";
import type { WorkerRole } from "./ingest-metrics.ts";

export interface IngestLogOptions {
  readonly worker: WorkerRole;
  /** A stage that takes longer is logged. Reading, which waits, is not timed. @default 5,000 ms */
  readonly slowStageMs?: number;
}

const ignore = (): void => {};

export function createIngestLog(
  write: WriteLogEvent,
  { worker, slowStageMs = 5_000 }: IngestLogOptions,
): IngestMonitor {
  const timed = (stage: IngestStage, fields: Readonly<Record<string, string | number>>): StageEnd => {
    const started = performance.now();
    return () => {
      const ms = Math.round(performance.now() - started);
      if (ms < slowStageMs) return;
      const message = `The stage ${stage} of ingest took ${String(ms)} ms.`;
      write({ level: "warn", event: "ingest.slow_stage", message, fields: { worker, stage, ms, ...fields } });
    };
  };
  return {
    batch: ({ topic, partition }): BatchMonitor => ({
      traceparent: null,
      read: ignore,
      stage: (stage) => timed(stage, { topic, partition }),
      done: ignore,
      failed: ignore,
    }),
    seriesWrite: ({ rows }) => timed("series", { rows }),
    running({ epoch, partitions }) {
      const message = `Ingest runs with ${String(partitions.length)} partitions.`;
      write({ level: "info", event: "ingest.running", message, fields: { worker, epoch, partitions } });
    },
    fault(fault) {
      const message = "Ingest met a fault, and goes on from what the stores include.";
      write({ level: "warn", event: "ingest.fault", message, fields: { worker, ...faultFields(fault) } });
    },
  };
}
