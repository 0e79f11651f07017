/** Copies one LMDB environment as of one moment, while others read and write it. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { open } from "lmdb";
import { OnefoldError } from "../../schema/errors.ts";

/**
 * Writes what was committed when the copy began to folder `target`, which is made. Takes the free pages along: as large as
 * the file that is copied. @throws OnefoldError STORE_UNAVAILABLE when it cannot be read or written
 */
export async function copyEnvironment(path: string, target: string): Promise<void> {
  try {
    await mkdir(target, { recursive: true, mode: 0o700 });
    const environment = open({ path, noSubdir: false, maxDbs: 8 });
    try {
      await environment.backup(target, false);
    } finally {
      await environment.close();
    }
    await rm(join(target, "lock.mdb"), { force: true });
  } catch (cause) {
    throw new OnefoldError("STORE_UNAVAILABLE", `${path} could not be copied to ${target}: ${String(cause)}`, {
      cause,
    });
  }
}
