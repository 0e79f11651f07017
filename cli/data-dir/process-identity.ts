/** Tells one run of a process from any other that has, had or will have its number, also across restarts of the machine. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { systemErrorCode } from "./system-error-code.ts";

export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system writes it: only compared. */
  readonly started: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? "unknown" };
}

/** Null: no such process runs. */
export function identityOf(pid: number): ProcessIdentity | null {
  if (!isAlive(pid)) return null;
  const started = startOf(pid);
  return started === null ? null : { pid, started };
}

/** Whether the very same process still runs. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return now === null ? started === "unknown" : now === started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return systemErrorCode(error) === "EPERM";
  }
}

/** Null: there is no such process, or it is a zombie. */
function startOf(pid: number): string | null {
  return process.platform === "linux" ? startFromProc(pid) : startFromPs(pid);
}

/** Field 22 of `/proc/<pid>/stat`: ticks since boot (proc(5)); the boot's id makes it unique. */
function startFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    if (state === "Z" || state === "X") return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${fields[19] ?? ""}`;
  } catch {
    return null;
  }
}

function startFromPs(pid: number): string | null {
  try {
    // Everybody must read the same words and the same clock.
    const command = ["LC_ALL=C", "TZ=UTC", "/bin/ps", "-o", "lstart=", "-p", String(pid)];
    const text = execFileSync("/usr/bin/env", command, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return text === "" ? null : text;
  } catch {
    return null;
  }
}
