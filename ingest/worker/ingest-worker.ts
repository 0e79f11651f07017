/** The worker: joins the consumer group, runs each assigned partition through the pipeline, and starts again after a fault. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import { seriesLayout, type TableLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, GroupAssignment, LogChunk } from "../../stores/ports/event-log.ts";
import { LogCorruptError } from "../../stores/ports/log-corrupt-error.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import { compileSeriesModel, type BucketTable } from "../models/series-accumulator.ts";
import { compileStateModel } from "../models/state-model.ts";
import { DEDUPE_WINDOW } from "../standardize/dedupe-index.ts";
import { createStandardizer, type TextHash } from "../standardize/standardize.ts";
import { catchUpFromHistory, passLostRange, type CatchUp } from "./missing-events.ts";
import { PartitionProcessor, type ProcessorDeps } from "./partition-processor.ts";
import { pauseOnTimer, type Pause } from "./pause.ts";
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
  /** @default timers */
  readonly pause?: Pause;
  readonly onProgress: (progress: IngestProgress) => void;
  /**
   * Told of each fault that made the worker start again, and null once it runs. A torn stretch of the log (LOG_CORRUPT)
   * is told each time it is passed; a source that cannot go on (LOG_GAP) is told while the others go on without it.
   */
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
  /** @default 2,000,000 offsets */
  readonly dedupeWindow?: number;
}

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const IDLE_WAIT_MS = 1_000;
const TRIM_INTERVAL_MS = 60_000;
/** The longest that a timer takes: 25 days. */
const NEVER_MS = 2 ** 31 - 1;

/** Runs until `signal` aborts; what waits for the series store is flushed before it resolves. */
export async function runIngestWorker(
  deps: IngestWorkerDeps,
  options: IngestWorkerOptions,
  signal: AbortSignal,
): Promise<void> {
  const layout = seriesLayout(deps.platform);
  const pause = deps.pause ?? pauseOnTimer;
  const stages = { deps, pause, processorDeps: compileStages(deps, options, layout), options };
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
    ...processors.map((processor) => runUnlessGone(run, { processor, writer }, stop)),
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

interface Place {
  readonly processor: PartitionProcessor;
  readonly writer: SeriesWriter;
}

/** A source whose log does not fit the stores stands still until the next start, and no other source with it. */
async function runUnlessGone(run: Run, at: Place, stop: AbortSignal): Promise<void> {
  try {
    await runPartition(run, at, stop);
  } catch (fault) {
    if (!isLogGap(fault)) throw fault;
    run.deps.onFault(fault);
    await run.pause(NEVER_MS, stop);
  }
}

async function runPartition(run: Run, at: Place, stop: AbortSignal): Promise<void> {
  const { deps, processorDeps, options } = run;
  const { processor, writer } = at;
  await checkAgainstLog(run, processor);
  if (deps.changes !== null) await republishChanges({ ...processorDeps, changes: deps.changes }, processor);
  while (!stop.aborted) {
    await writer.room();
    // A turn of the event loop lets the store's answers and the flush clock through.
    await nextTurn();
    const chunk = await readOrCatchUp(run, at, stop);
    if (chunk.next === processor.position || stop.aborted) continue;
    const tallies = await processor.process(chunk.records, chunk.next);
    deps.onProgress(progressOf(options.generation, processor, tallies));
  }
}

/** Reads on in the log; where the log was trimmed or is torn, takes what history has instead, and gives an empty chunk. */
async function readOrCatchUp(run: Run, at: Place, stop: AbortSignal): Promise<LogChunk> {
  const { deps, options } = run;
  const { processor, writer } = at;
  const from = processor.position;
  try {
    const { topic, partition } = processor;
    const maxRecords = options.maxRecords ?? 16_384;
    return await deps.log.read(topic, partition, from, { maxRecords, waitMs: IDLE_WAIT_MS, signal: stop });
  } catch (fault) {
    const { generation, historyGeneration } = options;
    const onPage = (): void => deps.onProgress(progressOf(generation, processor, {}));
    const catchUp: CatchUp = { processor, generation, historyGeneration, room: () => writer.room(), onPage, stop };
    if (fault instanceof LogCorruptError) {
      deps.onFault(fault);
      await passLostRange(deps, catchUp, fault);
    } else if (isLogGap(fault)) {
      await catchUpFromHistory(deps, catchUp);
      if (processor.position === from && !stop.aborted) throw fault;
    } else throw fault;
    return { records: [], next: processor.position };
  }
}

function isLogGap(fault: unknown): fault is OnefoldError {
  return fault instanceof OnefoldError && fault.code === "LOG_GAP";
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

function progressOf(
  generation: number,
  processor: PartitionProcessor,
  tallies: Readonly<Record<string, Tally>>,
): IngestProgress {
  const { topic, partition, stateTo, seriesFence } = processor;
  return { generation, topic, partition, stateTo, seriesTo: seriesFence, tallies };
}
