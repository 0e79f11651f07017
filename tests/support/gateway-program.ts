/** Runs `onefold gateway` of the built program as a process, and small subgraphs as others. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { composeSubgraphs } from "../../gateway/compose.ts";
import { programPath } from "./onefold-program.ts";
import { readPrometheusText } from "./prometheus-text.ts";
import { smallSdl, type SmallSubgraphName } from "./small-subgraph.ts";
import { startProcess, type TestProcess } from "./start-program.ts";

export interface SmallSubgraphProcess extends TestProcess {
  readonly name: SmallSubgraphName;
  readonly url: string;
  readonly port: number;
}

export async function startSmallSubgraph(name: SmallSubgraphName, port = 0): Promise<SmallSubgraphProcess> {
  const started = await startProcess("serve-small-subgraph", [name, String(port)]);
  for await (const line of started.lines) {
    return { ...started, name, port: Number(line), url: `http://127.0.0.1:${line}/graphql` };
  }
  throw new Error(`The subgraph ${name} has not started.`);
}

/** A supergraph of small subgraphs; graphs with another `version` differ by one field. */
export function composeSmall(subgraphs: readonly { name: SmallSubgraphName; url: string }[], version = 0): string {
  const sdlOf = (name: SmallSubgraphName): string =>
    smallSdl[name].replace("type Query {", `type Query { version${version}: Int @shareable`);
  return composeSubgraphs(subgraphs.map(({ name, url }) => ({ name, url, sdl: sdlOf(name) })));
}

/** Which version of the graph answers; one request on a connection of its own, so that workers take turns. */
export async function servedVersion(url: string): Promise<number> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ query: '{ __type(name: "Query") { fields { name } } }' }),
  });
  return Number(/version(\d+)/.exec(await answer.text())?.[1]);
}

export async function untilVersion(url: string, version: number): Promise<void> {
  while ((await servedVersion(url)) !== version) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Resolves once so many reads of subgraphs wait for their answers. */
export async function untilReading(gateway: RunningGateway, reads: number): Promise<void> {
  for (;;) {
    const { samples } = readPrometheusText(await gateway.metrics());
    const waiting = samples.filter(({ name }) => name === "onefold_gateway_subgraph_calls_in_flight");
    if (waiting.reduce((sum, { value }) => sum + value, 0) === reads) return;
  }
}

export interface RunningGateway extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it has written to stderr so far. */
  log(): string;
  health(): Promise<GatewayHealth>;
  /** Resolves once its health says this. */
  untilHealth(holds: (health: GatewayHealth) => boolean): Promise<GatewayHealth>;
  metrics(): Promise<string>;
  /** Ends it by the signal, and resolves with its exit code (null after SIGKILL). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const lookEveryMs = 20;
const maxOpenLooks = 10;

export interface GatewayHealth {
  readonly code: number;
  readonly status: string;
  /** Empty where there are none. */
  readonly warnings: readonly string[];
}

/** Resolves once it says where it listens. Its port is any that is free. */
export async function startGateway(args: readonly string[]): Promise<RunningGateway> {
  const child = spawn(process.execPath, [programPath, "gateway", "--port", "0", "--look-every", "20", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /GraphQL +(http:\S+)\/graphql/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`onefold gateway ended with ${String(code)}: ${log}`)));
  });
  const health = async (): Promise<GatewayHealth> => {
    const answer = await fetch(`${url}/health`, {
      ...{ headers: { connection: "close" }, signal: AbortSignal.timeout(5_000) },
    });
    return { warnings: [], ...((await answer.json()) as { status: string }), code: answer.status };
  };
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  return {
    ...{ url, pid: child.pid ?? 0, health, stop, log: () => log },
    untilHealth: (holds) =>
      new Promise((resolve) => {
        let open = 0;
        // Side by side: a worker that has just been killed never answers, and what is waited for may be over soon.
        const timer = setInterval(() => {
          if (open >= maxOpenLooks) return;
          open++;
          const look = health().then(
            (now) => {
              if (!holds(now)) return;
              clearInterval(timer);
              resolve(now);
            },
            () => undefined,
          );
          void look.finally(() => open--);
        }, lookEveryMs).unref();
      }),
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}
