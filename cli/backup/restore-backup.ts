/** Makes a data directory out of a backup. */
import { copyFile, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";
import { restoreSeries } from "../../stores/embedded/series-backup.ts";
import { connectSeries } from "../../stores/embedded/series-connection.ts";
import { startSeriesServer, type SeriesServer } from "../../stores/embedded/series-server.ts";
import { checkDataDir } from "../data-dir/data-dir-format.ts";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { dataPaths } from "../profiles/embedded/data-paths.ts";
import { hashFile, listFiles } from "./hash-files.ts";
import { manifestFile, readManifest, type Manifest } from "./manifest.ts";

/** Without it, a directory is none of ours. */
const formatFile = "format.json";

export interface RestoreRun {
  readonly report: (step: string) => void;
  readonly signal: AbortSignal;
  /** @default the series engine beside this program */
  readonly startSeries?: (path: string) => Promise<SeriesServer>;
}

/**
 * Checks all of the backup first, then makes `dataDir`, which must be absent or empty. Its format file is written last: a
 * directory that was restored only in part is refused by every command.
 * @throws OnefoldError INPUT_INVALID, BACKUP_INVALID, STORE_FORMAT, STORE_UNAVAILABLE
 */
export async function restoreBackup(folder: string, dataDir: string, run: RestoreRun): Promise<Manifest> {
  await refuseNonEmpty(dataDir);
  const manifest = await readManifest(folder);
  run.report("checking checksums");
  await verifyFiles(folder, manifest, run.signal);
  // One of an older format is brought up to date at the first start, as any directory is.
  await checkDataDir(folder);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    await makeDataDir(folder, dataDir, { manifest, run });
  } catch (fault) {
    for (const name of await readdir(dataDir)) await rm(join(dataDir, name), { recursive: true, force: true });
    throw fault;
  }
  return manifest;
}

async function makeDataDir(
  folder: string,
  dataDir: string,
  { manifest, run }: { readonly manifest: Manifest; readonly run: RestoreRun },
): Promise<void> {
  run.report("copying");
  for (const { path } of manifest.files) {
    run.signal.throwIfAborted();
    if (!path.startsWith("series/") && path !== formatFile) await copyInto(folder, dataDir, path);
  }
  run.report("making tables");
  await makeSeries(join(folder, "series"), dataPaths(dataDir).series, run);
  run.signal.throwIfAborted();
  await copyInto(folder, dataDir, formatFile);
}

/** @throws OnefoldError INPUT_INVALID */
export async function refuseNonEmpty(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    const code = systemErrorCode(error) ?? "unknown reason";
    throw new OnefoldError("INPUT_INVALID", `${dataDir} cannot be read (${code}).`, { cause: error });
  });
  if (names.length === 0) return;
  throw new OnefoldError("INPUT_INVALID", `${dataDir} is not empty: a backup is restored to a new data directory.`, {
    remedy: "Name another one with --data-dir, or move this one away.",
  });
}

/** Every file that the manifest names, as it names it, and no other. */
async function verifyFiles(folder: string, { files }: Manifest, signal: AbortSignal): Promise<void> {
  const found = new Set((await listFiles(folder)).filter((path) => path !== manifestFile));
  const named = new Set(files.map(({ path }) => path));
  for (const path of found) {
    if (!named.has(path))
      throw new OnefoldError("BACKUP_INVALID", `${folder} has a file ${path} that its manifest does not name.`);
  }
  if (!named.has(formatFile)) throw new OnefoldError("BACKUP_INVALID", `${folder} lacks ${formatFile}.`);
  for (const { path, bytes, sha256 } of files) {
    if (!found.has(path)) throw new OnefoldError("BACKUP_INVALID", `${folder} lacks ${path}.`);
    const now = await hashFile(folder, path, signal);
    if (now.bytes === bytes && now.sha256 === sha256) continue;
    throw new OnefoldError("BACKUP_INVALID", `${folder}/${path} is not what was backed up: its checksum is another.`);
  }
}

async function copyInto(folder: string, dataDir: string, path: string): Promise<void> {
  const target = join(dataDir, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await copyFile(join(folder, path), target);
  // On the disk before the format file is, which says that all is there.
  const copied = await open(target, "r+");
  await copied.sync();
  await copied.close();
}

async function makeSeries(source: string, target: string, run: RestoreRun): Promise<void> {
  const start = run.startSeries ?? ((path) => startSeriesServer({ path }));
  await using server = await start(target);
  await using connection = connectSeries(server.connect());
  await restoreSeries(connection, source);
}
