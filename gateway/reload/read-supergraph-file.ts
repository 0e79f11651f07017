/** Reads a supergraph's file: what it looks like from outside, and its text, unless it was written meanwhile. */
import { readFile, stat } from "node:fs/promises";
import { OnefoldError } from "../../schema/errors.ts";

/** Far beyond any supergraph: what is larger is something else, and would stand in the way of all who wait. */
const maxFileBytes = 64 * 1024 * 1024;

/**
 * Says what tells one state of a file from another; symbolic links are followed.
 * @throws OnefoldError INPUT_INVALID for what is no file, cannot be reached, or is too large
 */
export async function lookAtFile(path: string): Promise<string> {
  const found = await readable(path, () => stat(path, { bigint: true }));
  // Opening a pipe would wait for whoever writes to it.
  if (!found.isFile()) throw unreadable(path, "it is no file");
  if (found.size > maxFileBytes) throw unreadable(path, `it has ${found.size} bytes, and may have ${maxFileBytes}`);
  return [found.mtimeNs, found.ctimeNs, found.size, found.ino, found.dev].join(" ");
}

/**
 * Reads the text, without a byte order mark.
 * @throws OnefoldError INPUT_INVALID
 */
export async function readSupergraphFile(path: string): Promise<string> {
  await lookAtFile(path);
  const bytes = await readable(path, () => readFile(path));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, "it is not UTF-8", cause);
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, (cause as NodeJS.ErrnoException).code ?? "unknown reason", cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): OnefoldError {
  return new OnefoldError("INPUT_INVALID", `The supergraph ${path} cannot be read (${why}).`, {
    cause,
    remedy: "Write it whole, in UTF-8, under that name.",
  });
}
