/** The worker: joins the consumer group, runs each assigned partition through the pipeline, and starts again after a fault. */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import { seriesLayout, type TableLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, GroupAssignment } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import { compileSeriesModel, type BucketTable } from "../models/series-accumulator.ts";
import { compileStateModel } from "../models/state-model.ts";
import { readHistoryEvents } from "../replay/history-reader.ts";
import { createStandardizer, type TextHash } from "../standardize/standardize.ts";
import { PartitionProcessor, type ProcessorDeps } from "./partition-processor.ts";
import type { IngestProgress, Tally } from "./progress.ts";
import { republishChanges } from "./republish-changes.ts";
import { createSeriesWriter, type SeriesWriter, type SeriesWriterOptions } from "./series-writer.ts";
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
  readonly onProgress: (progress: IngestProgress) => void;
  /** Told of each fault that made the worker start again, and null once it runs. */
  readonly onFault: (fault: Error | null) => void;
}

export interface IngestWorkerOptions {
  readonly generation: number;
  /** Whose DWD serves what the log no longer holds: the serving generation's. */
  readonly historyGeneration: number;
  readonly group: string;
  /** @default 16,384 records a read */
  readonly maxRecords?: number;
  readonly seriesWriter?: SeriesWriterOptions;
  /** @default 7 days */
  readonly retentionMs?: number;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const IDLE_WAIT_MS = 1_000;
const TRIM_INTERVAL_MS = 60_000;

/** Runs until `signal` aborts; what waits for the series store is flushed before it resolves. */
export async function runIngestWorker(
  deps: IngestWorkerDeps,
  options: IngestWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const layout = seriesLayout(deps.platform);
  const processorDeps = compileStages(deps, layout);
  let backoffMs = MIN_BACKOFF_MS;
  while (!signal.aborted) {
    const started = deps.clock();
    try {
      await deps.series.prepare(options.generation, layout);
      for await (const assignment of deps.log.join(options.group, topicsOf(deps.platform), signal)) {
        await runAssignment({ deps, processorDeps, options, assignment }, signal);
      }
    } catch (fault) {
      if (signal.aborted) return;
      deps.onFault(fault instanceof Error ? fault : new Error(String(fault)));
      if (deps.clock() - started > MAX_BACKOFF_MS) backoffMs = MIN_BACKOFF_MS;
      await sleep(backoffMs, undefined, { signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  }
}

function topicsOf(platform: PlatformModel): readonly string[] {
  return platform.sources.map(({ topic }) => topic);
}

function compileStages(deps: IngestWorkerDeps, layout: readonly TableLayout[]): ProcessorDeps {
  const { platform, hash } = deps;
  const buckets = layout.filter((table): table is BucketTable => table.kind !== "history");
  return {
    ...deps,
    standardizer: createStandardizer(platform, { hash }),
    stateModel: compileStateModel(platform, { hash }),
    seriesPlans: compileSeriesModel(platform, buckets, { hash }),
  };
}

interface Run {
  readonly deps: IngestWorkerDeps;
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
      onFlushed: () => {
        for (const processor of processors) deps.onProgress(progressOf(options.generation, processor, {}));
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
  if (!assignment.lost.aborted) await writer.flush();
}

async function runPartition(
  run: Run,
  at: { readonly processor: PartitionProcessor; readonly writer: SeriesWriter },
  stop: AbortSignal,
): Promise<void> {
  const { deps, processorDeps, options } = run;
  const { processor, writer } = at;
  await checkAgainstLog(run, processor);
  if (deps.changes !== null) await republishChanges({ ...processorDeps, changes: deps.changes }, processor);
  await catchUpFromHistory(run, at, stop);
  while (!stop.aborted) {
    await writer.room();
    // A turn of the event loop lets the store's answers and the flush clock through.
    await nextTurn();
    const chunk = await deps.log.read(processor.topic, processor.partition, processor.position, {
      maxRecords: options.maxRecords ?? 16_384,
      waitMs: IDLE_WAIT_MS,
      signal: stop,
    });
    if (chunk.next === processor.position || stop.aborted) continue;
    const tallies = await processor.process(chunk.records, chunk.next);
    deps.onProgress(progressOf(options.generation, processor, tallies));
  }
}

/** A log that ends below what a store includes is another log: going on would skip its events in silence. */
async function checkAgainstLog(run: Run, processor: PartitionProcessor): Promise<void> {
  const ranges = await run.deps.log.ranges(processor.topic);
  const range = ranges.find(({ partition }) => partition === processor.partition);
  const included = Math.max(processor.stateTo, processor.seriesFence);
  if (range !== undefined && range.end < included) {
    throw new OnefoldError(
      "LOG_GAP",
      `${processor.key} ends at ${String(range.end)}, but the stores include events up to ${String(included)}.`,
    );
  }
}

async function catchUpFromHistory(
  run: Run,
  at: { readonly processor: PartitionProcessor; readonly writer: SeriesWriter },
  stop: AbortSignal,
): Promise<void> {
  const { deps, options } = run;
  const { processor, writer } = at;
  const ranges = await deps.log.ranges(processor.topic);
  const to = ranges.find(({ partition }) => partition === processor.partition)?.start ?? 0;
  const events = deps.platform.events.filter(({ source }) => source === processor.source.name);
  const of = { generation: options.historyGeneration, events, partition: processor.partition };
  for await (const page of readHistoryEvents(deps, of, { from: processor.position, to })) {
    if (stop.aborted) return;
    await writer.room();
    await processor.processHistory(page.events, page.next);
    deps.onProgress(progressOf(options.generation, processor, {}));
  }
}

async function runTrim(run: Run, processors: readonly PartitionProcessor[], stop: AbortSignal): Promise<void> {
  const { deps, options } = run;
  const { changes } = deps;
  if (changes === null) return;
  while (!stop.aborted) {
    await sleep(TRIM_INTERVAL_MS, undefined, { signal: stop, ref: false }).catch(() => undefined);
    const horizon = deps.clock() - (options.retentionMs ?? LOG_RETENTION_MS);
    for (const processor of processors) {
      if (!stop.aborted) await trimLog({ log: deps.log, changes }, processor, horizon);
    }
  }
}

function progressOf(
  generation: number,
  processor: PartitionProcessor,
  tallies: Readonly<Record<string, Tally>>,
): IngestProgress {
  const { topic, partition, stateTo, seriesFence } = processor;
  return { generation, topic, partition, stateTo, seriesTo: seriesFence, tallies };
}
