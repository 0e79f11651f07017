/** Refuses to commit just before a disk is full. */
import { statfsSync } from "node:fs";
import { OnefoldError } from "../../schema/errors.ts";

/** More than one commit writes. */
const LEAST_FREE_BYTES = 16 << 20;

/** Why nothing can be committed below this folder, while less than 16 MiB are free; otherwise null. */
export function fullDiskReason(folder: string): string | null {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= LEAST_FREE_BYTES) return null;
  const left = `${String(Math.floor((bavail * bsize) / 1024))} KiB`;
  return `No space left on the disk of ${folder}: ${left}, and 16 MiB are needed.`;
}

/**
 * Call before a commit. LMDB gives back what a commit took that found no room, but not always rightly: it may then end
 * the process.
 * @throws STORE_UNAVAILABLE while there is a {@link fullDiskReason}
 */
export function refuseFullDisk(folder: string): void {
  const reason = fullDiskReason(folder);
  if (reason === null) return;
  throw new OnefoldError("STORE_UNAVAILABLE", reason, { remedy: "Make room: everything goes on by itself." });
}
