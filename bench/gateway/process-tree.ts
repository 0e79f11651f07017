/** What a process and all that it has started use: CPU time and memory, from /proc (Linux). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpuSeconds, memoryOf } from "../distributed/process-usage.ts";

/** User and system time, s. */
export function treeCpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + cpuSeconds(one), 0);
}

/** The greatest resident memory of each process since the last reset, added up. */
export function treePeakMiB(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + memoryOf(one).peakMiB, 0);
}

/** The peak begins anew at what is resident now. */
export function resetTreePeak(pid: number): void {
  for (const one of treeOf(pid)) writeFileSync(`/proc/${String(one)}/clear_refs`, "5");
}

function treeOf(pid: number): readonly number[] {
  const threads = orEmpty(() => readdirSync(`/proc/${String(pid)}/task`));
  const children = threads.flatMap((thread) =>
    orEmpty(() =>
      readFileSync(`/proc/${String(pid)}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean),
    ),
  );
  return [pid, ...children.map(Number).flatMap(treeOf)];
}

/** A process or thread may end while it is looked at. */
function orEmpty(read: () => readonly string[]): readonly string[] {
  try {
    return read();
  } catch {
    return [];
  }
}
