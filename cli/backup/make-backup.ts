/** Makes a backup of an open data directory, consistent in itself, while ingest and answers go on. */
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";
import { dataPaths } from "../profiles/embedded/data-paths.ts";
import type { CopyStores } from "../profiles/embedded/backup-stores.ts";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { checkCut, type Cut } from "./check-cut.ts";
import { hashFiles } from "./hash-files.ts";
import { writeManifest, type Manifest } from "./manifest.ts";

export interface BackupDeps {
  readonly dataDir: string;
  readonly copyStores: CopyStores;
  /** Version of the record that says which generations there are: a replay that began or ended meanwhile changes it. */
  readonly generationVersion: () => Promise<number>;
  readonly madeBy: string;
  readonly clock: () => number;
}

export interface BackupRun {
  readonly report: (step: string) => void;
  readonly signal: AbortSignal;
}

/** What is not a store, and belongs to the directory all the same. */
const plainFiles = ["format.json", "declared.json"];

/** A replay that begins or ends during a copy makes it worthless: it is made again so often. */
const ATTEMPTS = 3;

/**
 * Writes to folder `target`, which must be absent or empty. What a failed attempt wrote is removed.
 * @throws OnefoldError INPUT_INVALID, BACKUP_INVALID, STORE_UNAVAILABLE
 */
export async function makeBackup(target: string, deps: BackupDeps, run: BackupRun): Promise<Manifest> {
  await makeEmptyFolder(target);
  try {
    const cut = await copyConsistently(target, deps, run);
    for (const name of plainFiles) await copyFile(join(deps.dataDir, name), join(target, name)).catch(ignoreAbsent);
    run.report("checksums");
    const files = await hashFiles(target, run.signal);
    const madeAt = new Date(deps.clock()).toISOString();
    return await writeManifest(target, { ...cut, files, madeBy: deps.madeBy, madeAt });
  } catch (fault) {
    await emptyFolder(target);
    throw fault;
  }
}

async function copyConsistently(target: string, deps: BackupDeps, { report, signal }: BackupRun): Promise<Cut> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const before = await deps.generationVersion();
    try {
      const fences = await deps.copyStores(target, (step) => {
        signal.throwIfAborted();
        report(step);
      });
      const cut = await checkCut(dataPaths(target), fences);
      // Opening the copies left their lock files.
      for (const name of ["log", "state", "changes"]) await rm(join(target, name, "lock.mdb"), { force: true });
      if ((await deps.generationVersion()) === before) return cut;
      throw new OnefoldError("BACKUP_INVALID", "A replay began or ended while the stores were copied.", {
        remedy: "Make the backup when the replay is done.",
      });
    } catch (fault) {
      if (signal.aborted || attempt >= ATTEMPTS || !(await isWorthAnother(fault, before, deps))) throw fault;
      await emptyFolder(target);
    }
  }
}

/** Tables that a replay drops under the copy make it fail in many ways. */
async function isWorthAnother(fault: unknown, before: number, deps: BackupDeps): Promise<boolean> {
  if (fault instanceof OnefoldError && fault.code === "BACKUP_INVALID") return true;
  return (await deps.generationVersion()) !== before;
}

async function makeEmptyFolder(target: string): Promise<void> {
  let names: readonly string[];
  try {
    await mkdir(target, { recursive: true, mode: 0o700 });
    names = await readdir(target);
  } catch (cause) {
    const code = systemErrorCode(cause) ?? "unknown reason";
    throw new OnefoldError("INPUT_INVALID", `A backup cannot be written to ${target} (${code}).`, { cause });
  }
  if (names.length === 0) return;
  throw new OnefoldError("INPUT_INVALID", `${target} is not empty: a backup is written to a new folder.`, {
    remedy: "Name a folder that does not exist yet.",
  });
}

async function emptyFolder(target: string): Promise<void> {
  for (const name of await readdir(target)) await rm(join(target, name), { recursive: true, force: true });
}

function ignoreAbsent(error: unknown): void {
  if (systemErrorCode(error) !== "ENOENT") throw error;
}
