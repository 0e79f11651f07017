/** Runs the built program as a user does: an instance on a free port, and single commands. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
export const programPath = join(root, "dist/cli/main.js");

/** Far longer than a start takes, also on a busy machine. */
const START_LIMIT_MS = 60_000;

type Environment = Readonly<Record<string, string>>;

let environmentOf: (dataDir: string) => Environment = () => ({});

/** From now on, programs that are given a data directory run with these variables, too: those of another profile. */
export function useEnvironment(of: (dataDir: string) => Environment): void {
  environmentOf = of;
}

export interface RunningOnefold extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has written to stderr so far. */
  log(): string;
  /** Ends it by the signal, and resolves with its exit code (null after SIGKILL). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  readonly dataDir: string;
  /** @default `--no-generate` */
  readonly args?: readonly string[];
  readonly domains?: string;
}

/** Starts an instance and resolves once `/health` answers 200. */
export async function startOnefold(options: StartOptions): Promise<RunningOnefold> {
  const port = await freePort();
  const domains = options.domains === undefined ? [] : ["--domains", options.domains];
  const args = ["start", "--data-dir", options.dataDir, ...domains, ...(options.args ?? ["--no-generate"])];
  const child = spawn(process.execPath, [programPath, ...args], {
    cwd: root,
    env: { ...process.env, ...environmentOf(options.dataDir), PORT: String(port), HOST: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, "exit");
  const url = `http://127.0.0.1:${String(port)}`;
  await untilHealthy(url, child, () => log);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    log: () => log,
    stop: (signal = "SIGTERM") => end(child, exited, signal),
    [Symbol.asyncDispose]: async () => {
      await end(child, exited, "SIGKILL");
    },
  };
}

async function end(child: ChildProcess, exited: Promise<unknown[]>, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  await exited;
  return child.exitCode;
}

async function untilHealthy(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (Date.now() > deadline) throw new Error(`onefold is not healthy: ${await healthOf(url)}\n${log()}`);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`onefold ended: ${log()}`);
    const answer = await fetch(`${url}/health`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that was free a moment ago. */
async function healthOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/health`).catch(() => null);
  return (await answer?.text()) ?? "no answer";
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Ends the command by SIGKILL. */
  readonly killedBy?: AbortSignal;
}

/** Runs one command to its end. */
export async function runOnefold(
  args: readonly string[],
  { cwd = root, killedBy }: RunOptions = {},
): Promise<CommandResult> {
  const at = args.indexOf("--data-dir");
  const env = { ...process.env, ...(at === -1 ? {} : environmentOf(args[at + 1] ?? "")) };
  const child = spawn(process.execPath, [programPath, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const kill = (): boolean => child.kill("SIGKILL");
  killedBy?.addEventListener("abort", kill);
  const [code] = (await once(child, "close")) as [number | null];
  killedBy?.removeEventListener("abort", kill);
  return { code, stdout, stderr };
}

/** Runs a command with `--json` and gives its object. */
export async function runOnefoldJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Record<string, unknown>> {
  const result = await runOnefold([...args, "--json"], options);
  if (result.code !== 0)
    throw new Error(`onefold ${args.join(" ")} ended with ${String(result.code)}: ${result.stderr}`);
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

export interface GraphAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Asks the graph over HTTP. */
export async function ask(
  url: string,
  query: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<GraphAnswer> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, ...more }),
  });
  return (await answer.json()) as GraphAnswer;
}

/** Asks the graph for what must come without errors. */
export async function askData(
  url: string,
  query: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await ask(url, query, more);
  if (answer.errors !== undefined || answer.data == null) throw new Error(JSON.stringify(answer));
  return answer.data;
}
