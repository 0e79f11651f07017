/** Scripts that run inside Redis: read from the `.lua` files beside this one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface LuaScript {
  readonly text: string;
  /** By which a server that has seen the text knows it: SHA-1, hex. */
  readonly sha: string;
}

/** A script for one shard, and the same for several that are on one server. */
export interface ShardScript extends LuaScript {
  /** Takes its keys and arguments as `lua/each-shard.lua` says. */
  readonly forEach: LuaScript;
}

/** One script of several files, in their order: what a file defines, those after it use. */
export function readScript(...files: readonly string[]): LuaScript {
  return scriptOf(files.map(readFile).join("\n"));
}

/** As {@link readScript}, for one shard or several. */
export function readShardScript(...files: readonly string[]): ShardScript {
  const script = readScript(...files);
  const onShard = `local function onShard(KEYS, ARGV)\n${script.text}\nend\n`;
  return { ...script, forEach: scriptOf(onShard + readFile("lua/each-shard.lua")) };
}

function scriptOf(text: string): LuaScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

function readFile(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
