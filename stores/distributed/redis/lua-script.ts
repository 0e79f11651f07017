/** Scripts that run inside Redis: read from the `.lua` files beside this one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface LuaScript {
  readonly text: string;
  /** By which a server that has seen the text knows it: SHA-1, hex. */
  readonly sha: string;
}

/** One script of several files, in their order: what a file defines, those after it use. */
export function readScript(...files: readonly string[]): LuaScript {
  const text = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
