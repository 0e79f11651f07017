/** Where the instance that owns a data directory listens for other commands. */
import { createHash } from "node:crypto";
import { lstat, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OnefoldError } from "../../schema/errors.ts";

/** The least that systems allow for a socket's path, with its closing zero, is 104 bytes (macOS). */
const MAX_BYTES = 100;

/** In the data directory, or, where that path is too long, under its hash in a private folder for temporary files. */
export async function controlPath(dataDir: string): Promise<string> {
  const real = await realpath(dataDir);
  const path = join(real, "control.sock");
  if (Buffer.byteLength(path) <= MAX_BYTES) return path;
  const name = createHash("sha256").update(real).digest("hex").slice(0, 16);
  return join(await privateFolder(), `${name}.sock`);
}

/** Refuses a folder that somebody else made there: whoever owns it could listen in our place. */
async function privateFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `onefold-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  if (status.isDirectory() && status.uid === uid && (status.mode & 0o077) === 0) return folder;
  throw new OnefoldError("INPUT_INVALID", `${folder} is not a private folder of this user.`, {
    remedy: "Remove it, or use a --data-dir with a shorter path.",
  });
}
