/** Copies the stores of the embedded profile while ingest goes on. */
import type { MessagePort } from "node:worker_threads";
import { copyEnvironment } from "../../../stores/embedded/copy-environment.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { backupSeries, type StoredFences } from "../../../stores/embedded/series-backup.ts";
import { dataPaths } from "./data-paths.ts";

export interface CopyStores {
  /** Copies to `target` in the order that {@link file://../../backup/check-cut.ts} asks for; answers the series fences. */
  (target: string, onStep: (step: string) => void): Promise<StoredFences>;
}

/** A copy is of one moment for each store by itself; the order makes that they fit together. */
export function createCopyStores(dataDir: string, connect: () => MessagePort): CopyStores {
  const from = dataPaths(dataDir);
  return async (target, onStep) => {
    const to = dataPaths(target);
    onStep("changes");
    await copyEnvironment(from.changes, to.changes);
    onStep("state");
    await copyEnvironment(from.state, to.state);
    onStep("series");
    await using connection = connectSeries(connect());
    const fences = await backupSeries(connection, to.series);
    onStep("log");
    await copyEnvironment(from.log, to.log);
    return fences;
  };
}
