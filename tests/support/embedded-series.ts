/** An embedded series store in a directory of its own, which goes with it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSeriesStore } from "../../stores/clickhouse/series-store.ts";
import { connectSeries } from "../../stores/embedded/series-connection.ts";
import { startSeriesServer, type SeriesServer } from "../../stores/embedded/series-server.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import { builtSource } from "./built-sources.ts";

export interface EmbeddedSeries extends AsyncDisposable {
  readonly path: string;
  readonly server: SeriesServer;
  /** A store on a connection of its own. */
  connect(): SeriesStore;
}

export async function openEmbeddedSeries(): Promise<EmbeddedSeries> {
  const path = await mkdtemp(join(tmpdir(), "onefold-series-"));
  const server = await startSeriesServer({ path, workerUrl: await builtSource("stores/embedded/series-worker.ts") });
  return {
    path,
    server,
    connect: () => createSeriesStore(connectSeries(server.connect())),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}
