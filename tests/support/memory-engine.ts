/** A whole engine in this thread: the real ingest worker over memory stores. For tests of doors and operations. */
import { readTallies } from "../../ingest/models/outcome-tallies.ts";
import { createStandardizer } from "../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../ingest/standardize/text-hash.ts";
import { silentMonitor } from "../../ingest/worker/ingest-monitor.ts";
import { runIngestWorker, type IngestWorkerDeps } from "../../ingest/worker/ingest-worker.ts";
import type { Engine } from "../../cli/profiles/engine.ts";
import { ProgressBook } from "../../cli/profiles/progress-book.ts";
import type { Telemetry } from "../../cli/telemetry/open-telemetry.ts";
import { partitionKey } from "../../schema/cursor.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { createMemoryChangeFeed } from "../../stores/memory/change-feed.ts";
import { createMemoryEventLog } from "../../stores/memory/event-log.ts";
import { createMemoryIdentityStore } from "../../stores/memory/identity-store.ts";
import { createMemorySeriesStore } from "../../stores/memory/series-store.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";

export interface MemoryEngine extends Engine {
  /** The newest fault of the worker; null while it runs well. */
  fault(): Error | null;
  /** Stops ingest; what is appended meanwhile is taken up by `resumeIngest`. */
  pauseIngest(): Promise<void>;
  resumeIngest(): void;
}

export interface MemoryEngineOptions {
  /** @default Date.now */
  readonly clock?: () => number;
  /** Of each topic. @default 1 */
  readonly partitions?: number;
  /** Watches stores and ingest. @default nobody */
  readonly telemetry?: Telemetry;
}

/** Opens it with ingest running. A replay builds the next generation from the log, as an embedded engine does. */
export async function openMemoryEngine(
  platform: PlatformModel,
  { clock = Date.now, partitions = 1, telemetry }: MemoryEngineOptions = {},
): Promise<MemoryEngine> {
  const stores = {
    log: createMemoryEventLog(),
    state: createMemoryStateStore(),
    series: createMemorySeriesStore(),
    changes: createMemoryChangeFeed(),
  };
  const { log, state, series, changes } = telemetry?.watchStores(stores) ?? stores;
  const hash = await createTextHash();
  const book = new ProgressBook();
  let fault: Error | null = null;
  let generation = 1;
  for (const { topic, quarantineTopic } of platform.sources) {
    for (const name of [topic, quarantineTopic]) await log.createTopic(name, { partitions });
  }
  const deps: IngestWorkerDeps = {
    ...{ platform, log, state, series, changes, hash, clock },
    onProgress: (progress) => book.record(progress),
    onFault: (newest) => (fault = newest),
    monitor: telemetry?.ingestMonitor("live") ?? silentMonitor,
  };
  const start = (id: number, feed: IngestWorkerDeps["changes"]): Running => {
    const stopping = new AbortController();
    const options = {
      generation: id,
      historyGeneration: generation,
      group: `g${id}`,
      seriesWriter: { intervalMs: 10 },
    };
    const running = runIngestWorker({ ...deps, changes: feed }, options, stopping.signal);
    return { stop: () => (stopping.abort(), running) };
  };
  await series.prepare(generation, seriesLayout(platform));
  let main: Running | null = start(generation, changes);

  return {
    ...{ platform, log, state, series, changes, hash, clock },
    ingestsHere: true,
    identity: createMemoryIdentityStore(),
    standardizer: createStandardizer(platform, { hash }),
    generation: () => generation,
    health: () => (fault === null ? { status: "ok" } : { status: "unavailable", reasons: [fault.message] }),
    waitFor: (cursor, stores, timeoutMs, signal) =>
      book.until(() => book.includes(generation, cursor, stores), timeoutMs, signal),
    tallies: (producers) => readTallies(state, generation, producers),
    onProgress: (listener) => book.listen(listener),
    async *replay(signal) {
      const next = generation + 1;
      const ends = await logEnds(platform, log);
      const rebuild = start(next, null);
      const total = Object.values(ends).reduce((sum, end) => sum + end, 0);
      yield { done: 0, total };
      await book.until(() => book.includes(next, ends, "all"), 60_000, signal);
      await Promise.all([main?.stop(), rebuild.stop()]);
      if (!signal.aborted) generation = next;
      main = start(generation, changes);
      yield { done: total, total };
    },
    dropGeneration: () => Promise.reject(new Error("It keeps none.")),
    fault: () => fault,
    async pauseIngest() {
      await main?.stop();
      main = null;
    },
    resumeIngest: () => void (main ??= start(generation, changes)),
    async [Symbol.asyncDispose]() {
      await main?.stop();
      for (const store of [log, state, series, changes]) await store[Symbol.asyncDispose]();
    },
  };
}

interface Running {
  stop(): Promise<void>;
}

async function logEnds(platform: PlatformModel, log: Engine["log"]): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const { topic } of platform.sources) {
    for (const { partition, end } of await log.ranges(topic)) ends[partitionKey(topic, partition)] = end;
  }
  return ends;
}
