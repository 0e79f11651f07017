/** The metrics of ingest, fed by the worker: a handful of observations a batch. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { BatchMonitor, BatchResult, IngestMonitor, IngestStage } from "../../ingest/worker/ingest-monitor.ts";

/** `live` feeds the serving models, `rebuild` those that are built beside them. */
export type WorkerRole = "live" | "rebuild";

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

/** Registers them once; each worker of the process then has a monitor of its own. */
export function createIngestMetrics(registry: Registry, platform: Pick<PlatformModel, "sources">) {
  const metrics = registerMetrics(registry);
  const sources = new Map(platform.sources.map(({ topic, name }) => [topic, name]));
  return {
    monitor: (worker: WorkerRole): IngestMonitor => createMonitor(metrics, worker, sources),
  };
}

function registerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    records: new Counter({
      name: "onefold_ingest_records_total",
      help: "Records read from the log, those that are read again after a restart among them.",
      labelNames: ["worker", "source"],
      registers,
    }),
    events: new Counter({
      name: "onefold_ingest_events_total",
      help: "What became of records that were new to the state store. Late events are applied, too; outcomes add up.",
      labelNames: ["worker", "source", "outcome"],
      registers,
    }),
    batchRecords: new Histogram({
      name: "onefold_ingest_batch_records",
      help: "Records in one batch.",
      labelNames: ["worker"],
      buckets: [1, 10, 100, 1_000, 4_000, 8_000, 16_000, 32_768],
      registers,
    }),
    stageSeconds: new Histogram({
      name: "onefold_ingest_stage_seconds",
      help: "Time of one batch in one stage. read includes the wait for the first record, at most a second.",
      labelNames: ["worker", "stage"],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    stageFaults: new Counter({
      name: "onefold_ingest_stage_faults_total",
      help: "Batches that failed, by stage.",
      labelNames: ["worker", "stage"],
      registers,
    }),
    seriesRows: new Counter({
      name: "onefold_ingest_series_rows_total",
      help: "Rows handed to the series store.",
      labelNames: ["worker"],
      registers,
    }),
    bufferedRows: new Gauge({
      name: "onefold_ingest_buffered_rows",
      help: "Rows that waited for the series store after the last batch of a partition.",
      labelNames: ["worker", "source", "partition"],
      registers,
    }),
    dedupeEntries: new Gauge({
      name: "onefold_ingest_dedupe_entries",
      help: "Event ids in the dedupe index.",
      labelNames: ["worker", "source", "partition"],
      registers,
    }),
    faults: new Counter({
      name: "onefold_ingest_faults_total",
      help: "Faults that the worker reported, by error code; after most of them it starts again.",
      labelNames: ["worker", "code"],
      registers,
    }),
    assignments: new Counter({
      name: "onefold_ingest_assignments_total",
      help: "How often the worker was given its partitions: at start, after a fault, and at each rebalance.",
      labelNames: ["worker"],
      registers,
    }),
    partitions: new Gauge({
      name: "onefold_ingest_partitions",
      help: "Partitions that the worker holds.",
      labelNames: ["worker"],
      registers,
    }),
  };
}

type Metrics = ReturnType<typeof registerMetrics>;

function createMonitor(metrics: Metrics, worker: WorkerRole, sources: ReadonlyMap<string, string>): IngestMonitor {
  const begin = (stage: IngestStage) => {
    const started = performance.now();
    return (fault?: unknown): void => {
      metrics.stageSeconds.observe({ worker, stage }, (performance.now() - started) / 1000);
      if (fault !== undefined) metrics.stageFaults.inc({ worker, stage });
    };
  };
  return {
    batch({ topic, partition }): BatchMonitor {
      const labels = { worker, source: sources.get(topic) ?? "unknown" };
      const read = begin("read");
      return {
        traceparent: null,
        read(records) {
          read();
          metrics.records.inc(labels, records.length);
          metrics.batchRecords.observe({ worker }, records.length);
        },
        stage: begin,
        done({ outcomes, bufferedRows, dedupeEntries }) {
          countOutcomes(metrics, labels, outcomes);
          metrics.bufferedRows.set({ ...labels, partition }, bufferedRows);
          metrics.dedupeEntries.set({ ...labels, partition }, dedupeEntries);
        },
        failed: () => undefined,
      };
    },
    seriesWrite({ rows }) {
      const end = begin("series");
      return (fault) => {
        end(fault);
        if (fault !== undefined) return;
        metrics.seriesRows.inc({ worker }, rows);
      };
    },
    running({ partitions }) {
      metrics.assignments.inc({ worker });
      metrics.partitions.set({ worker }, partitions.length);
    },
    fault: (fault) => metrics.faults.inc({ worker, code: fault instanceof OnefoldError ? fault.code : "UNKNOWN" }),
  };
}

function countOutcomes(
  metrics: Metrics,
  labels: { readonly worker: WorkerRole; readonly source: string },
  { applied, duplicates, quarantined, late }: BatchResult["outcomes"],
): void {
  metrics.events.inc({ ...labels, outcome: "applied" }, applied - late);
  metrics.events.inc({ ...labels, outcome: "late" }, late);
  metrics.events.inc({ ...labels, outcome: "duplicate" }, duplicates);
  metrics.events.inc({ ...labels, outcome: "quarantined" }, quarantined);
}
