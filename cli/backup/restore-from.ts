/** Restores a backup of either form: a folder, or one file. */
import { rm, stat } from "node:fs/promises";
import { OnefoldError } from "../../schema/errors.ts";
import type { Manifest } from "./manifest.ts";
import { refuseNonEmpty, restoreBackup, type RestoreRun } from "./restore-backup.ts";
import { unpackFile } from "./tar.ts";

/** A file is unpacked beside the data directory first, and needs its room a second time while it is restored. */
export async function restoreFrom(source: string, dataDir: string, run: RestoreRun): Promise<Manifest> {
  const status = await stat(source).catch(() => null);
  if (status === null) throw new OnefoldError("INPUT_INVALID", `There is no backup at ${source}.`);
  if (status.isDirectory()) return restoreBackup(source, dataDir, run);
  await refuseNonEmpty(dataDir);
  const folder = `${dataDir}.unpacked.${String(process.pid)}`;
  try {
    run.report("unpacking");
    await unpackFile(source, folder, run.signal);
    return await restoreBackup(folder, dataDir, run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
