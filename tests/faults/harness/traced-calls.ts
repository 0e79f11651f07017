/** Runs a program under strace and lets chosen system calls of it fail, or kill it. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

/** Every call by which something outside of the process changes. */
export const effectCalls = [
  "write",
  "writev",
  "pwrite64",
  "pwritev",
  "sendto",
  "sendmsg",
  "fsync",
  "fdatasync",
  "msync",
  "ftruncate",
  "rename",
  "unlink",
] as const;

/** Null, with a loud reason, where strace is missing; an error where services are required. */
export function findStrace(): string | null {
  try {
    return execFileSync("which", ["strace"], { encoding: "utf8" }).trim();
  } catch {
    if (process.env["ONEFOLD_REQUIRE_SERVICES"] === "1") throw new Error("strace is not installed.");
    console.warn("SKIPPED, strace is not installed: no kill at a chosen system call.");
    return null;
  }
}

/** To be put before a command: writes its calls to `file`. */
export function traceTo(file: string): readonly string[] {
  return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", file, "-e", `trace=${effectCalls.join(",")}`];
}

/** To be put before a command: kills it at the `when`-th time that one of its threads makes this call. */
export function killAt({ call, when }: Place): readonly string[] {
  const inject = `inject=${call}:signal=KILL:when=${String(when)}`;
  // Without --seccomp-bpf, under which strace 6.1 injects no signal.
  return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject];
}

export interface Place {
  readonly call: string;
  /** Counted in each thread, from 1. */
  readonly when: number;
}

/** Every place at which a traced run could have been killed: a call, and how often its thread had made it. */
export async function readPlaces(file: string): Promise<readonly Place[]> {
  const counts = new Map<string, number>();
  const most = new Map<string, number>();
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    const [, thread, call] = /^(\d+)\s+(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, count);
    most.set(call, Math.max(most.get(call) ?? 0, count));
  }
  return [...most].flatMap(([call, times]) => Array.from({ length: times }, (_, i) => ({ call, when: i + 1 })));
}
