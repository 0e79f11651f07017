/** The checks of the embedded profile: its directory, its disk, who holds it, and whether each store can be read. */
import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { openEmbeddedChangeFeed } from "../../stores/embedded/change-feed.ts";
import { checkEnvironmentHeader } from "../../stores/embedded/environment-header.ts";
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import { openEmbeddedStateStore } from "../../stores/embedded/state-store.ts";
import { connectSeries } from "../../stores/embedded/series-connection.ts";
import { startSeriesServer, type SeriesServer } from "../../stores/embedded/series-server.ts";
import { checkDataDir } from "../data-dir/data-dir-format.ts";
import { claimDataDir, readOwner, type Owner } from "../data-dir/data-dir-lock.ts";
import { dataPaths, type DataPaths } from "../profiles/embedded/data-paths.ts";
import { formatCounted } from "../output/format-number.ts";
import { failed, ok, warning, type Check, type CheckResult } from "./check.ts";

export interface EmbeddedFacts {
  readonly dataDir: string;
  /** What the running instance says of itself; null if it does not answer. */
  readonly askInstance: (signal: AbortSignal) => Promise<InstanceAnswer | null>;
  /** @default the series engine beside this program */
  readonly startSeries?: (path: string) => Promise<SeriesServer>;
}

export interface InstanceAnswer {
  readonly health: { readonly status: string; readonly reasons?: readonly string[] };
  /** Records that the slowest store is behind, over all sources. */
  readonly behind: number;
}

const MIB = 1024 ** 2;
/** Below this, LMDB and the series engine soon refuse. */
const LEAST_FREE_MIB = 256;
const LITTLE_FREE_MIB = 2_048;

export function embeddedChecks(facts: EmbeddedFacts): readonly Check[] {
  const { dataDir } = facts;
  const paths = dataPaths(dataDir);
  return [
    { name: "data directory", where: dataDir, run: () => checkDirectory(dataDir) },
    { name: "disk", where: dataDir, run: () => checkDisk(dataDir) },
    { name: "owner", where: dataDir, run: () => checkOwner(dataDir) },
    { name: "instance", where: dataDir, run: (signal) => checkInstance(facts, signal) },
    storeCheck(facts, "log", async () => {
      await checkEnvironmentHeader(paths.log);
      await using _log = await openEmbeddedEventLog({ path: paths.log });
      return "opens";
    }),
    storeCheck(facts, "state", async () => {
      await checkEnvironmentHeader(paths.state);
      await using state = await openEmbeddedStateStore(paths.state);
      const record = await state.generations();
      return record === null ? "opens; no generation yet" : `opens; generation ${String(record.serving)} serves`;
    }),
    storeCheck(facts, "changes", async () => {
      await checkEnvironmentHeader(paths.changes);
      await using _changes = await openEmbeddedChangeFeed({ path: paths.changes });
      return "opens";
    }),
    storeCheck(facts, "series", () => readSeriesVersion(facts, paths)),
  ];
}

async function checkDirectory(dataDir: string): Promise<CheckResult> {
  const format = await checkDataDir(dataDir);
  if (format === null) return ok("absent: it is made at the first start");
  await access(dataDir, constants.R_OK | constants.W_OK);
  const others = (await stat(dataDir)).mode & 0o077;
  if (others === 0) return ok(`format ${String(format)}, for its owner alone`);
  return warning("other users of this machine can read it", `chmod -R go= ${dataDir}`);
}

async function checkDisk(dataDir: string): Promise<CheckResult> {
  const { bavail, bsize } = await statfs(await existingParent(dataDir));
  const free = Math.floor((bavail * bsize) / MIB);
  const text = `${formatCounted(free, "MiB", "MiB")} free`;
  const remedy =
    "Free some space, or move the data directory to a larger disk. A replay needs room for the models twice.";
  if (free < LEAST_FREE_MIB) return failed(text, remedy);
  return free < LITTLE_FREE_MIB ? warning(text, remedy) : ok(text);
}

async function existingParent(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null && dirname(path) !== path ? existingParent(dirname(path)) : path;
}

async function checkOwner(dataDir: string): Promise<CheckResult> {
  const owner = await readOwner(dataDir);
  if (owner === null) return ok("free");
  return ok(`held by ${owner.command} (process ${String(owner.pid)})`);
}

async function checkInstance(facts: EmbeddedFacts, signal: AbortSignal): Promise<CheckResult> {
  const owner = await readOwner(facts.dataDir);
  if (owner?.kind !== "instance") return { outcome: "skipped", detail: "none runs" };
  const answer = await facts.askInstance(signal);
  if (answer === null) {
    const remedy = `See its log; if it hangs, end process ${String(owner.pid)} and start it again.`;
    return failed(`process ${String(owner.pid)} does not answer commands`, remedy);
  }
  const { health, behind } = answer;
  if (health.status === "ok") return ok(`well; ${formatCounted(behind, "event")} behind`);
  return failed((health.reasons ?? []).join(" "), "Its log says more; `onefold lag` shows which store is behind.");
}

/** While another process owns the directory, the stores are its own: what can be said of them, it has said. */
function storeCheck(facts: EmbeddedFacts, name: keyof DataPaths, read: () => Promise<string>): Check {
  const where = dataPaths(facts.dataDir)[name];
  return {
    name: `${name} store`,
    where,
    async run() {
      if ((await stat(where).catch(() => null)) === null) return { outcome: "skipped", detail: "absent" };
      const claim = await claimDataDir(facts.dataDir, { kind: "command", command: "onefold doctor" });
      if (claim.kind === "held") return { outcome: "skipped", detail: `in use by ${describeOwner(claim.owner)}` };
      await using _lock = claim.lock;
      return ok(await read());
    },
  };
}

function describeOwner({ command, pid }: Owner): string {
  return `${command} (process ${String(pid)})`;
}

async function readSeriesVersion(facts: EmbeddedFacts, paths: DataPaths): Promise<string> {
  const start = facts.startSeries ?? ((path) => startSeriesServer({ path }));
  await using server = await start(paths.series);
  await using connection = connectSeries(server.connect());
  const rows = await connection.query(
    "SELECT version(), count() FROM system.tables WHERE database = currentDatabase()",
    {},
  );
  return `opens; ClickHouse ${String(rows[0]?.[0])}, ${formatCounted(Number(rows[0]?.[1]), "table")}`;
}
