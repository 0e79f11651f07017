/** The worker: joins the consumer group, runs each assigned partition through the pipeline, and starts again after a fault. */
import { seriesLayout, type TableLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, GroupAssignment } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import { compileSeriesModel, type BucketTable } from "../models/series-accumulator.ts";
import { compileStateModel } from "../models/state-model.ts";
import { DEDUPE_WINDOW } from "../standardize/dedupe-index.ts";
import { createStandardizer, type TextHash } from "../standardize/standardize.ts";
import { silentMonitor, type IngestMonitor } from "./ingest-monitor.ts";
import { PartitionProcessor, type ProcessorDeps } from "./partition-processor.ts";
import { pauseOnTimer, type Pause } from "./pause.ts";
import type { IngestProgress } from "./progress.ts";
import { progressOf, runPartition } from "./run-partition.ts";
import { createSeriesWriter, type SeriesWriterOptions } from "./series-writer.ts";
import { LOG_RETENTION_MS, trimLog } from "./trim-log.ts";

export interface IngestWorkerDeps {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  /** Null while a generation is rebuilt beside the serving one. */
  readonly changes: ChangeFeed | null;
  readonly hash: TextHash;
  readonly clock: () => number;
  /** @default timers */
  readonly pause?: Pause;
  readonly onProgress: (progress: IngestProgress) => void;
  /**
   * Told of each fault that made the worker start again, and null once it runs. A torn stretch of the log (LOG_CORRUPT)
   * is told each time it is passed; a source that cannot go on (LOG_GAP) is told while the others go on without it.
   */
  readonly onFault: (fault: Error | null) => void;
  /** Told of every batch. @default nobody */
  readonly monitor?: IngestMonitor;
}

export interface IngestWorkerOptions {
  readonly generation: number;
  /** Whose DWD serves what the log no longer holds: the serving generation's. */
  readonly historyGeneration: number;
  readonly group: string;
  /** @default 32,768 records a read */
  readonly maxRecords?: number;
  readonly seriesWriter?: SeriesWriterOptions;
  /** @default 7 days */
  readonly retentionMs?: number;
  /** @default 2,000,000 offsets */
  readonly dedupeWindow?: number;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const TRIM_INTERVAL_MS = 60_000;

/** Runs until `signal` aborts; what waits for the series store is flushed before it resolves. */
export async function runIngestWorker(
  given: IngestWorkerDeps,
  options: IngestWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const monitor = given.monitor ?? silentMonitor;
  const deps = { ...given, onFault: tellFaults(given, monitor) };
  const layout = seriesLayout(deps.platform);
  const pause = deps.pause ?? pauseOnTimer;
  const stages = { deps, pause, monitor, processorDeps: compileStages(deps, options, layout), options };
  let backoffMs = MIN_BACKOFF_MS;
  while (!signal.aborted) {
    const started = deps.clock();
    try {
      await deps.series.prepare(options.generation, layout);
      for await (const assignment of deps.log.join(options.group, topicsOf(deps.platform), signal)) {
        await runWhileHeld({ ...stages, assignment }, signal);
      }
    } catch (fault) {
      if (signal.aborted) return;
      deps.onFault(fault instanceof Error ? fault : new Error(String(fault)));
    }
    if (deps.clock() - started > MAX_BACKOFF_MS) backoffMs = MIN_BACKOFF_MS;
    await pause(backoffMs, signal);
    backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
  }
}

function tellFaults({ onFault }: IngestWorkerDeps, monitor: IngestMonitor): IngestWorkerDeps["onFault"] {
  return (fault) => {
    if (fault !== null) monitor.fault(fault);
    onFault(fault);
  };
}

/** What fails once the partitions are another's is no fault: the next assignment opens everything anew. */
async function runWhileHeld(run: Run, signal: AbortSignal): Promise<void> {
  try {
    await runAssignment(run, signal);
  } catch (fault) {
    if (!run.assignment.lost.aborted) throw fault;
  }
}

function topicsOf(platform: PlatformModel): readonly string[] {
  return platform.sources.map(({ topic }) => topic);
}

function compileStages(
  deps: IngestWorkerDeps,
  options: IngestWorkerOptions,
  layout: readonly TableLayout[],
): ProcessorDeps {
  const { platform, hash } = deps;
  const buckets = layout.filter((table): table is BucketTable => table.kind !== "history");
  return {
    ...deps,
    standardizer: createStandardizer(platform, { hash }),
    stateModel: compileStateModel(platform, { hash }),
    seriesPlans: compileSeriesModel(platform, buckets, { hash }),
    dedupeWindow: options.dedupeWindow ?? DEDUPE_WINDOW,
  };
}

interface Run {
  readonly deps: IngestWorkerDeps;
  readonly pause: Pause;
  readonly monitor: IngestMonitor;
  readonly processorDeps: ProcessorDeps;
  readonly options: IngestWorkerOptions;
  readonly assignment: GroupAssignment;
}

/** Runs the partitions of one assignment until it is lost; one fault ends them all, so that they start again together. */
async function runAssignment(run: Run, signal: AbortSignal): Promise<void> {
  const { deps, options, assignment } = run;
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, assignment.lost, failed.signal]);
  const seriesFences = await deps.series.fences(options.generation);
  const processors: PartitionProcessor[] = [];
  const writer = createSeriesWriter(
    {
      series: deps.series,
      generation: options.generation,
      pause: run.pause,
      monitor: run.monitor,
      onFlushed: () => {
        for (const processor of processors) deps.onProgress(progressOf(options.generation, processor));
      },
    },
    options.seriesWriter,
  );
  for (const { topic, partition } of assignment.partitions) {
    const source = deps.platform.sources.find((candidate) => candidate.topic === topic);
    if (source === undefined) continue;
    const place = { generation: options.generation, source, partition };
    const processor = await PartitionProcessor.open(
      place,
      run.processorDeps,
      seriesFences[`${topic}/${String(partition)}`] ?? 0,
    );
    processors.push(processor);
    writer.add(processor);
  }
  deps.onFault(null);
  run.monitor.running({ epoch: assignment.epoch, partitions: processors.map(({ key }) => key) });
  const tasks = [
    ...processors.map((processor) => runPartition(run, { processor, writer }, stop)),
    writer.run(stop),
    runTrim(run, processors, stop),
  ];
  try {
    await Promise.all(
      tasks.map((task) =>
        task.catch((fault: unknown) => {
          failed.abort(fault);
          throw fault;
        }),
      ),
    );
  } finally {
    await Promise.allSettled(tasks);
  }
  // A stop leaves the group, too; rows of who came after win by their version.
  if (signal.aborted || !assignment.lost.aborted) await writer.flush();
}

async function runTrim(run: Run, processors: readonly PartitionProcessor[], stop: AbortSignal): Promise<void> {
  const { deps, options } = run;
  const { changes } = deps;
  if (changes === null) return;
  while (!stop.aborted) {
    await run.pause(TRIM_INTERVAL_MS, stop);
    const horizon = deps.clock() - (options.retentionMs ?? LOG_RETENTION_MS);
    for (const processor of processors) {
      if (!stop.aborted) await trimLog({ log: deps.log, changes }, processor, horizon);
    }
  }
}
