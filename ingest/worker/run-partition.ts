/** Runs one partition: from where the stores stand, through the stages, read by read, until it is stopped. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { LogChunk } from "../../stores/ports/event-log.ts";
import { LogCorruptError } from "../../stores/ports/log-corrupt-error.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import { catchUpFromHistory, passLostRange, type CatchUp } from "./missing-events.ts";
import type { PartitionProcessor, ProcessorDeps } from "./partition-processor.ts";
import type { BatchMonitor, IngestMonitor } from "./ingest-monitor.ts";
import type { Pause } from "./pause.ts";
import type { IngestProgress } from "./progress.ts";
import { emptyTally, type Tally } from "../models/outcome-tallies.ts";
import { republishChanges } from "./republish-changes.ts";
import type { SeriesWriter } from "./series-writer.ts";

/** What all partitions of one worker share. */
export interface PartitionRun {
  readonly deps: Pick<ProcessorDeps, "log" | "hash" | "changes"> & {
    readonly platform: PlatformModel;
    readonly series: SeriesStore;
    readonly onProgress: (progress: IngestProgress) => void;
    readonly onFault: (fault: Error | null) => void;
  };
  readonly processorDeps: ProcessorDeps;
  readonly pause: Pause;
  readonly monitor: IngestMonitor;
  readonly options: {
    readonly generation: number;
    readonly historyGeneration: number;
    readonly maxRecords?: number;
  };
}

const IDLE_WAIT_MS = 1_000;
/** The longest that a timer takes: 25 days. */
const NEVER_MS = 2 ** 31 - 1;

export interface Place {
  readonly processor: PartitionProcessor;
  readonly writer: SeriesWriter;
}

/** A source whose log does not fit the stores stands still until the next start, and no other source with it. */
export async function runPartition(run: PartitionRun, at: Place, stop: AbortSignal): Promise<void> {
  try {
    await runStages(run, at, stop);
  } catch (fault) {
    if (!isLogGap(fault)) throw fault;
    run.deps.onFault(fault);
    await run.pause(NEVER_MS, stop);
  }
}

async function runStages(run: PartitionRun, at: Place, stop: AbortSignal): Promise<void> {
  const { deps, processorDeps, options } = run;
  const { processor, writer } = at;
  await checkAgainstLog(run, processor);
  if (deps.changes !== null) await republishChanges({ ...processorDeps, changes: deps.changes }, processor);
  while (!stop.aborted) {
    await writer.room();
    // A turn of the event loop lets the store's answers and the flush clock through.
    await nextTurn();
    const batch = run.monitor.batch(processor);
    const chunk = await readOrCatchUp(run, at, stop);
    if (stop.aborted) continue;
    if (chunk.next === processor.position) {
      // Nothing was to be applied, so nothing else would tell that a store has lost what it had.
      await processor.checkState();
      continue;
    }
    batch.read(chunk.records);
    const outcomes = await processWatched(processor, chunk, batch);
    deps.onProgress(progressOf(options.generation, processor, outcomes));
  }
}

async function processWatched(processor: PartitionProcessor, chunk: LogChunk, batch: BatchMonitor): Promise<Tally> {
  try {
    const outcomes = await processor.process(chunk.records, chunk.next, batch);
    const { pendingRows: bufferedRows, dedupeEntries } = processor;
    batch.done({ outcomes, bufferedRows, dedupeEntries });
    return outcomes;
  } catch (fault) {
    batch.failed(fault);
    throw fault;
  }
}

/** Reads on in the log; where the log was trimmed or is torn, takes what history has instead, and gives an empty chunk. */
async function readOrCatchUp(run: PartitionRun, at: Place, stop: AbortSignal): Promise<LogChunk> {
  const { deps, options } = run;
  const { processor, writer } = at;
  const from = processor.position;
  try {
    const { topic, partition } = processor;
    const maxRecords = options.maxRecords ?? 32_768;
    return await deps.log.read(topic, partition, from, { maxRecords, waitMs: IDLE_WAIT_MS, signal: stop });
  } catch (fault) {
    const { generation, historyGeneration } = options;
    const onPage = (): void => deps.onProgress(progressOf(generation, processor));
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
async function checkAgainstLog(run: PartitionRun, processor: PartitionProcessor): Promise<void> {
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

export function progressOf(
  generation: number,
  processor: PartitionProcessor,
  outcomes: Tally = emptyTally,
): IngestProgress {
  const { topic, partition, stateTo, seriesFence } = processor;
  return { generation, topic, partition, stateTo, seriesTo: seriesFence, outcomes };
}
