/** Starts a program of tests/support/programs as a thread or as a process, and listens to what it reports. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { Doorbell } from "../../stores/ports/doorbell.ts";
import { builtSource } from "./built-sources.ts";

export interface TestThread extends AsyncDisposable {
  /** The next message that the thread posts. Rejects with what the thread threw, or when it ends without one. */
  message(): Promise<unknown>;
}

/** `program` is a file name without its ending; the thread finds `data` as `workerData`. */
export async function startThread(program: string, data: unknown): Promise<TestThread> {
  const worker = new Worker(await programUrl(program), { workerData: data });
  const inbox: unknown[] = [];
  const bell = new Doorbell();
  let end: Error | null = null;
  worker.on("message", (message) => {
    inbox.push(message);
    bell.ring();
  });
  worker.on("error", (error) => {
    end = error instanceof Error ? error : new Error(String(error));
    bell.ring();
  });
  worker.on("exit", () => {
    end ??= new Error(`${program} ended`);
    bell.ring();
  });
  return {
    async message() {
      for (;;) {
        const seen = bell.count;
        if (inbox.length > 0) return inbox.shift();
        if (end !== null) throw end;
        await bell.wait(seen);
      }
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

export interface TestProcess extends AsyncDisposable {
  /** What it wrote to stdout, line by line. */
  readonly lines: AsyncIterable<string>;
  /** Sends it a signal, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it by SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ProcessLimits {
  /** Writing a file beyond this size fails, as on a full disk. */
  readonly maxFileKiB?: number;
}

/** The program finds `args` behind its own name in `process.argv`. What it writes to stderr is left out. */
export async function startProcess(
  program: string,
  args: readonly string[],
  limits: ProcessLimits = {},
): Promise<TestProcess> {
  const path = fileURLToPath(await programUrl(program));
  // The shell's unit is 512 bytes; without the trap, the signal of the limit would end the process.
  const limit = limits.maxFileKiB === undefined ? "" : `trap "" XFSZ; ulimit -f ${limits.maxFileKiB * 2};`;
  const command = ["-c", `${limit} exec "$0" "$@"`, process.execPath, path, ...args];
  const child = spawn("/bin/sh", command, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  return { lines: createInterface(child.stdout), signal, kill, [Symbol.asyncDispose]: kill };
}

function programUrl(program: string): Promise<URL> {
  return builtSource(`tests/support/programs/${program}.ts`);
}
