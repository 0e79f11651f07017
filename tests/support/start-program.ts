/** Starts a program of tests/processes as a thread or as a process, and listens to what it reports. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { compileSources } from "./compile-sources.ts";

export interface TestThread extends AsyncDisposable {
  /** Messages that the thread posted, in order. Ends with the thread; throws what the thread threw. */
  readonly messages: AsyncIterableIterator<unknown>;
}

/** `program` is a file name of tests/processes without its ending; it finds `data` as `workerData`. */
export function startThread(program: string, data: unknown): TestThread {
  const worker = new Worker(programPath(program), { workerData: data });
  return { messages: messagesOf(worker), [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}

async function* messagesOf(worker: Worker): AsyncIterableIterator<unknown> {
  const arrived: unknown[] = [];
  let over = false;
  let failure: unknown;
  let wake = (): void => {};
  worker.on("message", (message) => {
    arrived.push(message);
    wake();
  });
  worker.on("error", (error) => {
    failure = error;
    wake();
  });
  worker.on("exit", () => {
    over = true;
    wake();
  });
  const isOver = (): boolean => over && arrived.length === 0;
  while (!isOver()) {
    if (arrived.length > 0) yield arrived.shift();
    else if (failure !== undefined) throw failure;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

export interface TestProcess extends AsyncDisposable {
  /** What it wrote to stdout, line by line. */
  readonly lines: AsyncIterable<string>;
  /** Ends it by SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
}

/** The program finds `args` behind its own name in `process.argv`. Its stderr is ours. */
export function startProcess(program: string, args: readonly string[]): TestProcess {
  const child = spawn(process.execPath, [programPath(program), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return { lines: createInterface(child.stdout), kill, [Symbol.asyncDispose]: kill };
}

function programPath(program: string): string {
  return join(compileSources(), "tests/processes", `${program}.js`);
}
