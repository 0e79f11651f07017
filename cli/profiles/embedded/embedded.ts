/** The embedded profile: one process, three threads (doors, ingest, series engine), LMDB and chdb below one directory. */
import { mkdir } from "node:fs/promises";
import { OnefoldError } from "../../../schema/errors.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { partitionKey } from "../../../schema/cursor.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import { emptyTally, readTallies } from "../../../ingest/models/outcome-tallies.ts";
import { createStandardizer } from "../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openEmbeddedChangeFeed } from "../../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import { createEmbeddedIdentityStore } from "../../../stores/embedded/identity-store.ts";
import { fullDiskReason } from "../../../stores/embedded/refuse-full-disk.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { openEmbeddedStateStore } from "../../../stores/embedded/state-store.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { StateStore } from "../../../stores/ports/state-store.ts";
import { makeBackup, type BackupDeps } from "../../backup/make-backup.ts";
import { readVersion } from "../../read-version.ts";
import type { Telemetry } from "../../telemetry/open-telemetry.ts";
import type { Engine } from "../engine.ts";
import { createGenerationBuilder } from "../generations/generation-builder.ts";
import { forgetOthers, planGeneration } from "../generations/generation-plan.ts";
import { OpenedResources } from "../opened-resources.ts";
import { ProgressBook } from "../progress-book.ts";
import { createCopyStores } from "./backup-stores.ts";
import { dataPaths } from "./data-paths.ts";
import { startIngestThread } from "./start-ingest-thread.ts";

export interface EmbeddedOptions {
  /** Made if absent. The caller holds its lock. */
  readonly dataDir: string;
  readonly platform: PlatformModel;
  /** Watches stores and ingest. @default nobody */
  readonly telemetry?: Telemetry;
}

/** Partitions of a new topic: one worker thread gains nothing from more. */
const PARTITIONS = 1;

/** Opens stores and starts ingest. Disposal finishes the batch in hand and flushes. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { dataDir, platform, telemetry = null } = options;
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

  const stores = { log, state, series, changes };
  const watched = telemetry?.watchStores(stores) ?? stores;
  const { record, target } = await planGeneration(state, platform);
  // What an interrupted replay left behind.
  for (const id of await forgetOthers(state, [record.serving, target])) await series.drop(id);
  const book = new ProgressBook();
  // The thread prepares its tables, too; this one must know their shapes to read them.
  await series.prepare(target, seriesLayout(platform));
  await recordFences({ state, series, platform }, target, book);
  const ingest = opened.use(
    startIngestThread(
      { dataDir, platform, generation: target, historyGeneration: record.serving },
      { series: engine, book, telemetry },
    ),
  );
  const builder = createGenerationBuilder(
    { platform, log, state, series, book, ingest },
    { target, serving: record.serving },
  );
  builder.finishFirstBuild();
  const backupDeps: BackupDeps = {
    dataDir,
    copyStores: createCopyStores(dataDir, () => engine.connect()),
    generationVersion: async () => (await state.generations())?.version ?? 0,
    madeBy: readVersion(),
    clock: Date.now,
  };
  const resources = opened.move();

  return {
    platform,
    ...watched,
    identity,
    hash,
    standardizer: createStandardizer(platform, { hash }),
    clock: Date.now,
    ingestsHere: true,
    generation: () => builder.serving(),
    health() {
      // The log refuses events then, even where ingest has nothing to write.
      const disk = fullDiskReason(dataDir);
      const reasons = [...builder.reasons(), ...ingest.reasons(), ...(disk === null ? [] : [disk])];
      return reasons.length === 0 ? { status: "ok" } : { status: "unavailable", reasons };
    },
    waitFor: (cursor, stores, timeoutMs, signal) =>
      book.until(() => book.includes(builder.generation, cursor, stores), timeoutMs, signal),
    tallies: (producers) => readTallies(watched.state, builder.generation, producers),
    onProgress: (listener) => book.listen(listener),
    replay(signal, options = {}) {
      if (options.keep === true || options.kept !== undefined) throw keepsNothing();
      return builder.rebuild(signal);
    },
    dropGeneration: () => Promise.reject(keepsNothing()),
    backup: (target, run) => makeBackup(target, backupDeps, run),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Its one ingest thread feeds what serves; a second generation for good would halve its rate. */
function keepsNothing(): OnefoldError {
  return new OnefoldError("INPUT_INVALID", "The embedded profile keeps no generation but the one that serves.", {
    remedy: "To go back, restore a backup, or change the declarations back: models are then rebuilt.",
  });
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
      book.record({ generation, topic, partition, stateTo: Math.min(...fences), seriesTo, outcomes: emptyTally });
    }
  }
}
