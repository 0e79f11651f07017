/** Lists the files of a folder with their sizes and checksums. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";

export interface BackupFile {
  /** Relative to the backup, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** In the order of their paths. `signal` breaks it off. */
export async function hashFiles(folder: string, signal: AbortSignal): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  for (const path of await listFiles(folder)) files.push(await hashFile(folder, path, signal));
  return files;
}

export async function hashFile(folder: string, path: string, signal: AbortSignal): Promise<BackupFile> {
  const file = join(folder, path);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash, { signal });
  return { path, bytes: (await stat(file)).size, sha256: hash.digest("hex") };
}

/** Relative paths of all regular files. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join("/"),
    )
    .sort();
}
