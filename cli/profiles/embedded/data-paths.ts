/** Where each store of the embedded profile keeps its files, below the data directory. */
import { join } from "node:path";

export interface DataPaths {
  readonly log: string;
  readonly state: string;
  readonly changes: string;
  readonly series: string;
}

export function dataPaths(dataDir: string): DataPaths {
  return {
    log: join(dataDir, "log"),
    state: join(dataDir, "state"),
    changes: join(dataDir, "changes"),
    series: join(dataDir, "series"),
  };
}
