/** Starts a gateway and waits until it answers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, ContenderSite } from "./contender.ts";
import { freePort } from "../../free-port.ts";

export interface RunningContender extends AsyncDisposable {
  readonly contender: Contender;
  readonly pid: number;
  readonly port: number;
  readonly path: string;
  /** The answer's body. */
  ask(body: string): Promise<string>;
}

const READY_WITHIN_MS = 60_000;

export async function startContender(
  contender: Contender,
  site: Omit<ContenderSite, "port">,
): Promise<RunningContender> {
  const port = await freePort();
  const { file, args, cwd, environment, path } = await contender.command({ ...site, port });
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const keepLog = (text: string): void => void (log = (log + text).slice(-20_000));
  child.stdout.setEncoding("utf8").on("data", keepLog);
  child.stderr.setEncoding("utf8").on("data", keepLog);
  const killWithBench = (): void => void child.kill("SIGKILL");
  process.on("exit", killWithBench);

  const ask = async (body: string): Promise<string> => {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method: "POST", headers, body });
    return answer.text();
  };
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const text = await ask(`{"query":"{ __typename }"}`).catch(() => "");
    if (text.includes(`"Query"`)) break;
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${contender.label} does not start: ${text}\n${log}`);
    }
    await sleep(100);
  }
  return {
    contender,
    pid: child.pid ?? 0,
    port,
    path,
    ask,
    async [Symbol.asyncDispose]() {
      process.off("exit", killWithBench);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await once(child, "exit");
      clearTimeout(force);
    },
  };
}
