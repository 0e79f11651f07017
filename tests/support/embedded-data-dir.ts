/** A data directory of the embedded profile with its stores open in this thread: for tests without a whole instance. */
import { prepareDataDir } from "../../cli/data-dir/data-dir-format.ts";
import { OpenedResources } from "../../cli/profiles/opened-resources.ts";
import { createCopyStores } from "../../cli/profiles/embedded/backup-stores.ts";
import { dataPaths } from "../../cli/profiles/embedded/data-paths.ts";
import type { BackupDeps } from "../../cli/backup/make-backup.ts";
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { createSeriesStore } from "../../stores/clickhouse/series-store.ts";
import { openEmbeddedChangeFeed } from "../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import { connectSeries } from "../../stores/embedded/series-connection.ts";
import { startSeriesServer, type SeriesServer } from "../../stores/embedded/series-server.ts";
import { openEmbeddedStateStore } from "../../stores/embedded/state-store.ts";
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import { builtSource } from "./built-sources.ts";

export interface EmbeddedDataDir extends AsyncDisposable {
  readonly stores: {
    readonly log: EventLog;
    readonly state: StateStore;
    readonly series: SeriesStore;
    readonly changes: ChangeFeed;
  };
  readonly backup: BackupDeps;
}

/** The series engine, from compiled sources. */
export async function startBuiltSeries(path: string): Promise<SeriesServer> {
  return await startSeriesServer({ path, workerUrl: await builtSource("stores/embedded/series-worker.ts") });
}

/** Made if absent, with generation 1 serving. */
export async function openEmbeddedDataDir(dataDir: string, platform: PlatformModel): Promise<EmbeddedDataDir> {
  await prepareDataDir(dataDir);
  const paths = dataPaths(dataDir);
  await using opened = new OpenedResources();
  const server = opened.use(await startBuiltSeries(paths.series));
  const log = opened.use(await openEmbeddedEventLog({ path: paths.log }));
  const state = opened.use(await openEmbeddedStateStore(paths.state));
  const changes = opened.use(await openEmbeddedChangeFeed({ path: paths.changes }));
  const series = opened.use(createSeriesStore(connectSeries(server.connect())));
  if ((await state.generations()) === null) {
    await state.serve({ version: 1, serving: 1, fingerprints: { 1: platform.fingerprint } }, 0);
  }
  await series.prepare(1, seriesLayout(platform));
  const backup: BackupDeps = {
    dataDir,
    copyStores: createCopyStores(dataDir, () => server.connect()),
    generationVersion: async () => (await state.generations())?.version ?? 0,
    madeBy: "1.2.3",
    clock: () => Date.UTC(2024, 0, 2),
  };
  const resources = opened.move();
  return {
    stores: { log, state, series, changes },
    backup,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
