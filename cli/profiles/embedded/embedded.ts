/** The embedded profile: one process, three threads (doors, ingest, series engine), LMDB and chdb below one directory. */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { partitionKey } from "../../../schema/cursor.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { createStandardizer } from "../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openEmbeddedChangeFeed } from "../../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import { createEmbeddedIdentityStore } from "../../../stores/embedded/identity-store.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { openEmbeddedStateStore } from "../../../stores/embedded/state-store.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { StateStore } from "../../../stores/ports/state-store.ts";
import type { Engine } from "../engine.ts";
import { abandonBuild, forgetOthers, planGeneration, planRebuild, serveBuild } from "../generation-plan.ts";
import { OpenedResources } from "../opened-resources.ts";
import { ProgressBook } from "../progress-book.ts";
import { dataPaths } from "./data-paths.ts";
import { startIngestThread, type IngestThread } from "./start-ingest-thread.ts";

export interface EmbeddedOptions {
  /** Made if absent. The caller holds its lock. */
  readonly dataDir: string;
  readonly platform: PlatformModel;
}

/** Partitions of a new topic: one worker thread gains nothing from more. */
const PARTITIONS = 1;

/** Opens stores and starts ingest. Disposal finishes the batch in hand and flushes. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { dataDir, platform } = options;
  const paths = dataPaths(dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await using opened = new OpenedResources();
  const engine = opened.use(await startSeriesServer({ path: paths.series }));
  const log = opened.use(await openEmbeddedEventLog({ path: paths.log }));
  const state = opened.use(await openEmbeddedStateStore(paths.state));
  const changes = opened.use(await openEmbeddedChangeFeed({ path: paths.changes }));
  const series = opened.use(createSeriesStore(connectSeries(engine.connect())));
  const identity = opened.use(createEmbeddedIdentityStore());
  const hash = await createTextHash();
  for (const { topic, quarantineTopic } of platform.sources) {
    await log.createTopic(topic, { partitions: PARTITIONS });
    await log.createTopic(quarantineTopic, { partitions: PARTITIONS });
  }

  const { record, target } = await planGeneration(state, platform);
  // What an interrupted replay left behind.
  for (const id of await forgetOthers(state, [record.serving, target])) await series.drop(id);
  const book = new ProgressBook();
  // The thread prepares its tables, too; this one must know their shapes to read them.
  await series.prepare(target, seriesLayout(platform));
  await recordFences({ state, series, platform }, target, book);
  const ingest = opened.use(
    startIngestThread({ dataDir, platform, generation: target, historyGeneration: record.serving }, engine, book),
  );
  const builder = createBuilder({ platform, log, state, series, book, ingest }, { target, serving: record.serving });
  builder.finishFirstBuild();
  const resources = opened.move();

  return {
    platform,
    log,
    state,
    series,
    identity,
    changes,
    hash,
    standardizer: createStandardizer(platform, { hash }),
    clock: Date.now,
    generation: () => builder.serving(),
    health() {
      const reasons = [...builder.reasons(), ...ingest.reasons()];
      return reasons.length === 0 ? { status: "ok" } : { status: "unavailable", reasons };
    },
    waitFor: (cursor, stores, timeoutMs, signal) =>
      book.until(() => book.includes(builder.generation, cursor, stores), timeoutMs, signal),
    tally: (producer) => book.tally(producer),
    onProgress: (listener) => book.listen(listener),
    replay: (signal) => builder.rebuild(signal),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Notes what the stores include before the first report of ingest. */
async function recordFences(
  of: { readonly state: StateStore; readonly series: SeriesStore; readonly platform: PlatformModel },
  generation: number,
  book: ProgressBook,
): Promise<void> {
  const seriesFences = await of.series.fences(generation);
  for (const { topic } of of.platform.sources) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const fences = await of.state.fences(generation, topic, partition);
      const seriesTo = seriesFences[partitionKey(topic, partition)] ?? 0;
      book.record({ generation, topic, partition, stateTo: Math.min(...fences), seriesTo, tallies: {} });
    }
  }
}

interface BuilderDeps {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly book: ProgressBook;
  readonly ingest: IngestThread;
}

interface Builder {
  /** What ingest feeds. */
  readonly generation: number;
  /** The generation that answers. @throws STORE_REBUILDING while there is none that fits the declarations */
  serving(): number;
  reasons(): readonly string[];
  /** Where the declarations changed: lets the target serve as soon as it includes the whole log. */
  finishFirstBuild(): void;
  rebuild(signal: AbortSignal): AsyncIterable<{ readonly done: number; readonly total: number }>;
}

function createBuilder(deps: BuilderDeps, start: { readonly target: number; readonly serving: number }): Builder {
  let generation = start.target;
  let building = start.target !== start.serving;
  let rebuilding = false;

  const forgetAllBut = async (kept: number): Promise<void> => {
    for (const id of await forgetOthers(deps.state, [kept])) await deps.series.drop(id);
  };
  const report = (fault: unknown): void => deps.ingest.report(fault);

  return {
    get generation() {
      return generation;
    },
    serving() {
      if (building) throw new OnefoldError("STORE_REBUILDING", REBUILDING);
      return generation;
    },
    reasons: () => (building ? [REBUILDING] : []),
    finishFirstBuild() {
      if (!building) return;
      const run = async (): Promise<void> => {
        for await (const { done, total } of watchBuild(deps, start.target, new AbortController().signal)) {
          if (done >= total) break;
        }
        await serveBuild(deps.state, start.target);
        building = false;
        await forgetAllBut(start.target);
      };
      void run().catch(report);
    },
    async *rebuild(signal) {
      if (building || rebuilding) throw new OnefoldError("INPUT_INVALID", "Models are being rebuilt already.");
      rebuilding = true;
      try {
        const target = await planRebuild(deps.state);
        deps.ingest.tell({ kind: "rebuild", generation: target });
        let caughtUp = false;
        try {
          for await (const step of watchBuild(deps, target, signal)) {
            yield step;
            if ((caughtUp = step.done >= step.total)) break;
          }
          if (!caughtUp) signal.throwIfAborted();
        } finally {
          if (!caughtUp) {
            deps.ingest.tell({ kind: "cancel-rebuild" });
            await abandonBuild(deps.state, target);
            await deps.series.drop(target);
          }
        }
        await deps.series.prepare(target, seriesLayout(deps.platform));
        await deps.ingest.switchTo(target);
        generation = target;
        await serveBuild(deps.state, target);
        // Requests in flight still read the old generation. What ends before it is dropped leaves it to the next start.
        void sleep(DROP_DELAY_MS, undefined, { ref: false })
          .then(() => forgetAllBut(target))
          .catch(report);
      } finally {
        rebuilding = false;
      }
    },
  };
}

const REBUILDING = "The declarations have changed: models are being rebuilt from history and log.";
/** Longer than any request takes. */
const DROP_DELAY_MS = 30_000;

/** While events keep coming, a build has caught up when a lap to the log's end is as short as this. */
const SHORT_LAP_MS = 3_000;

/**
 * Yields how much of the log a generation includes, in both stores, until all of it or an abort. It runs in laps to where
 * the log ended when the lap began, so that it ends also under live traffic: then a lap's worth of events is missing, as
 * it is in a generation that serves.
 */
async function* watchBuild(
  deps: BuilderDeps,
  generation: number,
  signal: AbortSignal,
): AsyncIterable<{ readonly done: number; readonly total: number }> {
  for (let lapMs = Infinity; lapMs > SHORT_LAP_MS && !signal.aborted;) {
    const started = performance.now();
    const ends: [string, number][] = [];
    for (const { topic } of deps.platform.sources) {
      for (const { partition, end } of await deps.log.ranges(topic)) ends.push([partitionKey(topic, partition), end]);
    }
    const total = ends.reduce((sum, [, end]) => sum + end, 0);
    const doneNow = (): number =>
      ends.reduce((sum, [key, end]) => {
        const reached = deps.book.reached(generation, key);
        return sum + Math.min(end, reached?.stateTo ?? 0, reached?.seriesTo ?? 0);
      }, 0);
    let done = doneNow();
    for (; done < total && !signal.aborted; done = doneNow()) {
      // A step of which all is done is the last one: a lap that is not the last ends without it.
      yield { done, total };
      const before = done;
      await deps.book.until(() => doneNow() > before, 1_000, signal);
    }
    lapMs = performance.now() - started;
    if (lapMs <= SHORT_LAP_MS && !signal.aborted) yield { done: total, total };
  }
}
