/** What the operating system says that processes have used: CPU time and memory, from /proc (Linux). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Clock ticks a second, in which the kernel counts CPU time. */
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User and system time of all threads since the process began, s. A process that has ended used nothing more: 0. */
export function cpuSeconds(pid: number): number {
  const stat = readProc(pid, "stat");
  // The name in parentheses may hold spaces; what follows it begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

/** What all processes of this machine together have used and left since it began, s, over all cores. */
export function machineSeconds(): { readonly busy: number; readonly idle: number } {
  const line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "";
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / ticksPerSecond);
  return { busy: user + nice + system + irq + soft + steal, idle: idle + wait };
}

export interface Memory {
  readonly rssMiB: number;
  readonly peakMiB: number;
}

export function memoryOf(pid: number): Memory {
  const status = readProc(pid, "status");
  return { rssMiB: readMiB(status, "VmRSS"), peakMiB: readMiB(status, "VmHWM") };
}

function readMiB(status: string, name: string): number {
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, "utf8");
  } catch {
    return "";
  }
}
