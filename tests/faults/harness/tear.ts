/** Damages a store's files as a bad disk does: bytes that changed, or an end that is missing. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "../../support/random.ts";

export type Damage = "flip" | "cut";

/** LMDB keeps what it needs to open a file in the first two pages: another damage than the one that is meant. */
const SPARED_BYTES = 8_192;

/** Damages the largest file below a folder. Tells what it did. */
export async function tear(folder: string, damage: Damage, random: Random): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const sizes = await Promise.all(files.map(async (path) => ({ path, size: (await stat(path)).size })));
  const { path = "", size = 0 } = sizes.sort((a, b) => b.size - a.size)[0] ?? {};
  const file = await open(path, "r+");
  try {
    if (damage === "cut") {
      const left = SPARED_BYTES + random.below(size - SPARED_BYTES);
      await file.truncate(left);
      return `${path} cut from ${String(size)} to ${String(left)} bytes`;
    }
    const places = Array.from({ length: 1 + random.below(40) }, () => SPARED_BYTES + random.below(size - SPARED_BYTES));
    for (const at of places) {
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      await file.write(Buffer.of((byte[0] ?? 0) ^ (1 + random.below(255))), 0, 1, at);
    }
    return `${path} with ${String(places.length)} bytes changed`;
  } finally {
    await file.close();
  }
}
