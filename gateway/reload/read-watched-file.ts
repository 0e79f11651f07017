/** Reads a file that is watched: what it looks like from outside, and its text. */
import { readFile, stat } from "node:fs/promises";
import { OnefoldError } from "../../schema/errors.ts";

/** Far beyond any supergraph or list of documents: what is larger is something else, and would stand in the way of all who wait. */
const maxFileBytes = 64 * 1024 * 1024;

export interface WatchedFile {
  /** What it is, for messages: `supergraph`. */
  readonly what: string;
  readonly path: string;
}

/**
 * Says what tells one state of a file from another; symbolic links are followed.
 * @throws OnefoldError INPUT_INVALID for what is no file, cannot be reached, or is too large
 */
export async function lookAtFile(file: WatchedFile): Promise<string> {
  const found = await readable(file, () => stat(file.path, { bigint: true }));
  // Opening a pipe would wait for whoever writes to it.
  if (!found.isFile()) throw unreadable(file, "it is no file");
  if (found.size > maxFileBytes) throw unreadable(file, `it has ${found.size} bytes, and may have ${maxFileBytes}`);
  return [found.mtimeNs, found.ctimeNs, found.size, found.ino, found.dev].join(" ");
}

/**
 * Reads the text, without a byte order mark.
 * @throws OnefoldError INPUT_INVALID
 */
export async function readWatchedFile(file: WatchedFile): Promise<string> {
  await lookAtFile(file);
  const bytes = await readable(file, () => readFile(file.path));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, "it is not UTF-8", cause);
  }
}

async function readable<T>(file: WatchedFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(file, (cause as NodeJS.ErrnoException).code ?? "unknown reason", cause);
  }
}

function unreadable({ what, path }: WatchedFile, why: string, cause?: unknown): OnefoldError {
  return new OnefoldError("INPUT_INVALID", `The ${what} ${path} cannot be read (${why}).`, {
    cause,
    remedy: "Write it whole, in UTF-8, under that name.",
  });
}
