/** Refuses to commit just before a disk is full. */
import { statfsSync } from "node:fs";
import { OnefoldError } from "../../schema/errors.ts";

/** More than one commit writes. */
const LEAST_FREE_BYTES = 16 << 20;

/**
 * Call before a commit. LMDB gives back what a commit took that found no room, but not always rightly: it may then end
 * the process.
 * @throws STORE_UNAVAILABLE while less than 16 MiB are free
 */
export function refuseFullDisk(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  const left = `${String(Math.floor((bavail * bsize) / 1024))} KiB`;
  throw new OnefoldError(
    "STORE_UNAVAILABLE",
    `No space left on the disk of ${folder}: ${left}, and 16 MiB are needed.`,
    {
      remedy: "Make room: everything goes on by itself.",
    },
  );
}
