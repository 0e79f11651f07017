/** Starts the ClickHouse endpoint as a process of its own: the real engine behind ClickHouse's HTTP interface. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { OnefoldError } from "../../schema/errors.ts";
import type { EndpointOptions } from "./clickhouse/endpoint-server.ts";
import type { RunningService, ServiceOptions } from "./service.ts";

export interface ClickHouseServiceOptions extends ServiceOptions {
  /** Whom it answers. @default anybody */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** A configuration of the engine, in ClickHouse's XML. Absolute. @default the engine's own */
  readonly configFile?: string;
  /** The compiled program. @default beside this file */
  readonly program?: URL;
}

/** A data folder with much in it takes a while to open. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** @throws OnefoldError SERVICE_FAILED with the end of its log, `clickhouse.log` in the folder, when it does not start */
export async function startClickHouse(options: ClickHouseServiceOptions): Promise<RunningService> {
  await mkdir(options.folder, { recursive: true });
  let server = await startServer(options, options.port);
  return {
    name: "clickhouse",
    get pids() {
      return [server.pid];
    },
    addresses: [`127.0.0.1:${server.port}`],
    signal: (name) => void server.child.kill(name),
    async restart() {
      await server.ended;
      server = await startServer(options, server.port);
    },
    ended: () => server.ended,
    [Symbol.asyncDispose]: () => stopServer(server),
  };
}

interface Server {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly ended: Promise<void>;
}

async function startServer(options: ClickHouseServiceOptions, port: number): Promise<Server> {
  const program = options.program ?? new URL("./clickhouse/endpoint-program.js", import.meta.url);
  const endpoint: EndpointOptions = {
    folder: join(options.folder, "data"),
    port,
    credentials: options.credentials ?? null,
    configFile: options.configFile ?? null,
  };
  const logPath = join(options.folder, "clickhouse.log");
  const log = openSync(logPath, "a");
  const child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify(endpoint)], {
    stdio: ["ignore", "pipe", log],
  });
  closeSync(log);
  const ended = once(child, "exit").then(() => {});
  const line = await Promise.race([firstLine(child), ended.then(() => null), rejectLater(child)]);
  if (line === null) {
    const said = (await readFile(logPath, "utf8")).trim().split("\n").slice(-20).join("\n");
    throw new OnefoldError("SERVICE_FAILED", `The ClickHouse endpoint has not started; its log ends with:\n${said}`);
  }
  return { child, pid: child.pid ?? 0, port: Number(line), ended };
}

/** Lets it answer what it has begun with, within a limit. */
async function stopServer({ child, ended }: Server): Promise<void> {
  // A stopped process takes no other signal.
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (child.stdout !== null) createInterface(child.stdout).once("line", resolve);
  });
}

/** Ends a process that says nothing for too long. */
function rejectLater(child: ChildProcess): Promise<null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(null);
    }, START_LIMIT_MS);
    child.stdout?.once("data", () => clearTimeout(timer));
    child.once("exit", () => clearTimeout(timer));
  });
}
