/** What the log no longer gives: stretches that were trimmed or are torn are taken from history (DWD), as far as it reaches. */
import { OnefoldError } from "../../schema/errors.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { LogCorruptError } from "../../stores/ports/log-corrupt-error.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import { readHistoryEvents } from "../replay/history-reader.ts";
import type { TextHash } from "../standardize/standardize.ts";
import type { PartitionProcessor } from "./partition-processor.ts";

export interface HistoryDeps {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly series: SeriesStore;
  readonly hash: TextHash;
}

export interface CatchUp {
  readonly processor: PartitionProcessor;
  /** Whose DWD is read. */
  readonly historyGeneration: number;
  /** The generation that is fed. */
  readonly generation: number;
  /** Called before each page: waits while rows pile up. */
  readonly room: () => Promise<void>;
  /** Called after each page. */
  readonly onPage: () => void;
  readonly stop: AbortSignal;
}

/**
 * Brings a processor up to the log's start.
 * @throws LOG_GAP when history does not reach that far: going on would skip events in silence
 */
export async function catchUpFromHistory(deps: HistoryDeps, at: CatchUp): Promise<void> {
  const { processor } = at;
  const start = await logStart(deps.log, processor);
  if (processor.position >= start) return;
  const reach = await historyReach(deps, at);
  if (reach < start) {
    throw new OnefoldError(
      "LOG_GAP",
      `${processor.key} begins at ${String(start)}, and its history ends at ${String(reach)}: the events between are gone.`,
    );
  }
  await processFromHistory(deps, at, start);
}

/** Passes a torn stretch, with what history has of it. What it does not have is lost, as the fault says. */
export async function passLostRange(deps: HistoryDeps, at: CatchUp, { lost }: LogCorruptError): Promise<void> {
  const { processor, stop } = at;
  await processFromHistory(deps, at, Math.min(lost.next, await historyReach(deps, at)));
  if (!stop.aborted && processor.position < lost.next) await processor.process([], lost.next);
}

async function processFromHistory(deps: HistoryDeps, at: CatchUp, to: number): Promise<void> {
  const { processor, historyGeneration: generation, stop } = at;
  const { partition } = processor;
  const events = deps.platform.events.filter(({ source }) => source === processor.source.name);
  const range = { from: processor.position, to };
  for await (const page of readHistoryEvents(deps, { generation, events, partition }, range)) {
    if (stop.aborted) return;
    await at.room();
    await processor.processHistory(page.events, page.next);
    at.onPage();
  }
}

/** Up to where history has every event. */
async function historyReach(deps: HistoryDeps, at: CatchUp): Promise<number> {
  const { processor, historyGeneration } = at;
  if (historyGeneration === at.generation) return processor.seriesFence;
  const names = new Set(deps.platform.events.map(({ name }) => `dwd_${name}`));
  // Another generation's tables are known to this side only once they are prepared; an event declared since has none.
  const tables = seriesLayout(deps.platform).filter(({ name }) => names.has(name));
  await deps.series.prepare(historyGeneration, tables);
  return (await deps.series.fences(historyGeneration))[processor.key] ?? 0;
}

async function logStart(log: EventLog, { topic, partition }: PartitionProcessor): Promise<number> {
  return (await log.ranges(topic)).find((range) => range.partition === partition)?.start ?? 0;
}
