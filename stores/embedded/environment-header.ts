/** Looks at the head of an LMDB file without mapping it: the library ends the process on a file that is none. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";

/** Behind the header of the first page, which holds a transaction id, too (`MDB_MAGIC` of lmdb-js). */
const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;

/** An empty file is a new environment. @throws OnefoldError STORE_UNAVAILABLE where the file is no environment */
export async function checkEnvironmentHeader(folder: string): Promise<void> {
  const path = join(folder, "data.mdb");
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(MAGIC_OFFSET + 4);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead === 0 || (bytesRead === head.length && head.readUInt32LE(MAGIC_OFFSET) === MAGIC)) return;
    throw new OnefoldError("STORE_UNAVAILABLE", `${path} does not begin as an LMDB file does: it is damaged.`, {
      remedy: "Restore the data directory from a backup: `onefold restore`.",
    });
  } finally {
    await file.close();
  }
}
