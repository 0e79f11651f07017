/** A process of Onefold under the harness: started through other commands (strace, faketime), and ended by any signal. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { builtSource } from "../../support/built-sources.ts";
import { freePort } from "../../support/onefold-program.ts";

/** How a process is started, where it is not simply started. */
export interface Launch {
  /** What runs the program: `["faketime", "-f", "+2h"]`. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** Another build of the program. @default the sources as they are */
  readonly program?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface OnefoldProcess extends AsyncDisposable {
  readonly url: string;
  /** Of Onefold itself, whatever runs it. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly isRunning: boolean;
  /** What it has written so far. */
  log(): string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when `/health` answers as asked; rejects when the process has ended, or after a minute and a half. */
  untilHealth(status: "ok" | "unavailable"): Promise<void>;
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

const HEALTH_LIMIT_MS = 90_000;

export async function spawnOnefold(
  args: readonly string[],
  launch: Launch = {},
  env: Readonly<Record<string, string>> = {},
): Promise<OnefoldProcess> {
  const port = await freePort();
  const { prefix = [], nodeArgs = [], program = fileURLToPath(await builtSource("cli/main.ts")) } = launch;
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...nodeArgs, program, ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...env, ...launch.env, PORT: String(port), HOST: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, "exit").then(([code, signal]): Ended => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const send = (signal: NodeJS.Signals): void => {
    if (isRunning() && child.pid !== undefined) process.kill(innermost(child.pid), signal);
  };
  const end = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> => {
    send(signal);
    return await ended;
  };
  return {
    url,
    get pid() {
      return innermost(child.pid ?? 0);
    },
    ended,
    get isRunning() {
      return isRunning();
    },
    log: () => log,
    signal: send,
    async untilHealth(status) {
      const deadline = Date.now() + HEALTH_LIMIT_MS;
      const wanted = status === "ok" ? 200 : 503;
      for (;;) {
        if (!isRunning()) throw new Error(`onefold ended: ${log}`);
        if (Date.now() > deadline) throw new Error(`onefold is not ${status} in time: ${log}`);
        const answer = await fetch(`${url}/health`).catch(() => null);
        await answer?.arrayBuffer();
        if (answer?.status === wanted) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    end,
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
    },
  };
}

/**
 * The program at the end of a chain of programs that each run the next: strace, for one, keeps signals to itself. The
 * chain ends at Node: what Onefold itself starts, such as the processes of its planner, is not meant.
 */
function innermost(pid: number): number {
  try {
    const [program] = readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").split("\0");
    if (program === process.execPath) return pid;
    const [child] = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8").split(" ");
    return child === undefined || child.trim() === "" ? pid : innermost(Number(child));
  } catch {
    return pid;
  }
}
