/** Gives an LMDB file that was cut the length it had: what is missing is zeros then, which fail their checksums. */
import { existsSync, openSync, closeSync, readSync, fstatSync, ftruncateSync } from "node:fs";
import { join } from "node:path";

/** The two pages at a file's start that say how long it is: little-endian, as the machine that wrote it. */
const META = { magic: 0xbeefc0de, version: 2, magicAt: 24, versionAt: 28, pageSizeAt: 48, lastPageAt: 144, bytes: 152 };

/** Call before the environment is opened: to read a page behind the end would end the process. */
export function restoreLength(folder: string): void {
  const path = join(folder, "data.mdb");
  if (!existsSync(path)) return;
  const file = openSync(path, "r+");
  try {
    const pageSize = readMeta(file, 0)?.pageSize;
    if (pageSize === undefined) return;
    const lastPages = [0, pageSize].map((at) => readMeta(file, at)?.lastPage ?? 0);
    const length = (Math.max(...lastPages) + 1) * pageSize;
    if (fstatSync(file).size < length) ftruncateSync(file, length);
  } finally {
    closeSync(file);
  }
}

/** Null where there is no such page: LMDB itself says what it makes of that. */
function readMeta(file: number, at: number): { readonly pageSize: number; readonly lastPage: number } | null {
  const bytes = Buffer.alloc(META.bytes);
  if (readSync(file, bytes, 0, META.bytes, at) < META.bytes) return null;
  if (bytes.readUInt32LE(META.magicAt) !== META.magic || bytes.readUInt32LE(META.versionAt) !== META.version)
    return null;
  return { pageSize: bytes.readUInt32LE(META.pageSizeAt), lastPage: Number(bytes.readBigUInt64LE(META.lastPageAt)) };
}
