/** One process of `onefold start` with some roles, as a user runs it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programArgs } from "../program.ts";
import { freePort } from "../free-port.ts";

const domains = join(import.meta.dirname, "../../schema");

export interface ProgramProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Of its stderr. */
  readonly log: () => string;
  /** Resolves once `/health` answers 200. */
  untilHealthy(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of Node. */
  readonly flags?: readonly string[];
}

export async function startProgram({ role, environment, flags = [] }: ProgramOptions): Promise<ProgramProcess> {
  const port = await freePort();
  const args = ["start", "--role", role, "--domains", domains, "--no-generate", "--log-level", "warn"];
  const child = spawn(process.execPath, [...flags, ...programArgs, ...args], {
    cwd: tmpdir(),
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Whatever ends the benchmark, its processes end with it.
  const endWithBench = (): void => void child.kill("SIGKILL");
  process.on("exit", endWithBench);
  child.once("exit", () => process.off("exit", endWithBench));
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-100_000)));
  const stop = (): Promise<void> => end(child);
  return {
    pid: child.pid ?? 0,
    port,
    log: () => log,
    untilHealthy: () => untilHealthy(child, port, () => log),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function untilHealthy(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`onefold has ended: ${log()}`);
    const answer = await fetch(`http://127.0.0.1:${String(port)}/health`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await sleep(50);
  }
}
