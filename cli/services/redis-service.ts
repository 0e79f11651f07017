/** Real Redis on loopback, for developers and tests: one server, or a cluster whose slots its first masters share. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { systemErrorCode } from "../data-dir/system-error-code.ts";
import { formRedisCluster, untilServing } from "./form-redis-cluster.ts";
import { ServiceMissingError, type RunningService, type ServiceOptions } from "./service.ts";

export interface RedisServiceOptions extends ServiceOptions {
  /** Nodes of a cluster, at least 3: three masters share the slots, the others are replicas. @default one server alone */
  readonly cluster?: number;
  /** Whether writes are logged, and when they are flushed to disk. @default "everysec" */
  readonly appendonly?: "no" | "everysec" | "always";
  /** What happens when `maxmemory` is reached; only `noeviction` keeps state whole. @default "noeviction" */
  readonly maxmemoryPolicy?: "noeviction" | "allkeys-lru";
  /** A bound on the data's memory, as Redis writes it: `64mb`. @default none */
  readonly maxmemory?: string;
  /** Redis, or what does as it does: `valkey-server`. @default "redis-server", looked for on the path */
  readonly program?: string;
  /** Lets clients on this machine use `DEBUG`. @default false */
  readonly debug?: boolean;
}

interface Server {
  readonly port: number;
  /** Where the nodes of a cluster talk to each other; null for one server alone. */
  readonly busPort: number | null;
  readonly folder: string;
  process: ChildProcess;
  /** Why there is no process, if there is none. */
  ended: Promise<unknown>;
}

const HOST = "127.0.0.1";
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 25;
/** As Redis itself has it. */
const BUS_OFFSET = 10_000;
const MISSING =
  "redis-server is not installed. Install Redis 7 or later: `apt-get install redis-server` on Debian and Ubuntu, `brew install redis` on macOS.";

/**
 * Starts Redis 7 with its data in `folder`. Data that is there is loaded; a cluster is formed once, and comes back on the
 * same ports only. With a `port`, its nodes take those from there on, and 10,000 above each.
 * @throws ServiceMissingError when `redis-server` is not installed; Error with the server's log when it does not start
 */
export async function startRedis(options: RedisServiceOptions): Promise<RunningService> {
  const nodes = options.cluster ?? 1;
  if (options.cluster !== undefined && nodes < 3) throw new RangeError("A Redis cluster has at least 3 nodes.");
  const servers: Server[] = [];
  const service = new RedisService(servers, options);
  try {
    for (let node = 0; node < nodes; node++) servers.push(await startServer(options, node));
    await Promise.all(servers.map((server) => untilReady(server)));
    if (options.cluster !== undefined) await formRedisCluster(servers.map(addressOf));
  } catch (fault) {
    await service[Symbol.asyncDispose]();
    throw fault;
  }
  return service;
}

class RedisService implements RunningService {
  readonly name = "redis";
  readonly #servers: readonly Server[];
  readonly #options: RedisServiceOptions;

  constructor(servers: readonly Server[], options: RedisServiceOptions) {
    this.#servers = servers;
    this.#options = options;
  }

  get pids(): readonly number[] {
    return this.#servers.map(({ process }) => process.pid ?? 0);
  }

  get addresses(): readonly string[] {
    return this.#servers.map(({ port }) => `${HOST}:${port}`);
  }

  signal(name: NodeJS.Signals, server = 0): void {
    this.#server(server).process.kill(name);
  }

  async restart(server = 0): Promise<void> {
    const it = this.#server(server);
    await it.ended;
    Object.assign(it, spawnServer(it, this.#options));
    await untilReady(it);
    if (it.busPort !== null) await untilServing(addressOf(it));
  }

  async ended(server = 0): Promise<void> {
    await this.#server(server).ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map(stopServer));
  }

  #server(at: number): Server {
    const server = this.#servers[at];
    if (server === undefined) throw new RangeError(`There is no Redis server ${at}.`);
    return server;
  }
}

function addressOf({ port, busPort }: Server): { readonly host: string; readonly port: number; readonly bus: number } {
  return { host: HOST, port, bus: busPort ?? 0 };
}

async function startServer(options: RedisServiceOptions, node: number): Promise<Server> {
  const folder = options.cluster === undefined ? options.folder : join(options.folder, `node-${node}`);
  await mkdir(folder, { recursive: true });
  const port = options.port === 0 ? await freePort() : options.port + node;
  const bus = options.port === 0 ? await freePort() : port + BUS_OFFSET;
  const place = { port, busPort: options.cluster === undefined ? null : bus, folder };
  return { ...place, ...spawnServer(place, options) };
}

type Place = Pick<Server, "port" | "busPort" | "folder">;

function spawnServer(place: Place, options: RedisServiceOptions): Pick<Server, "process" | "ended"> {
  const server = spawn(options.program ?? "redis-server", settingsOf(place, options), { stdio: "ignore" });
  const ended = new Promise<unknown>((resolve) => {
    server.once("exit", () => {
      resolve(null);
    });
    server.once("error", resolve);
  });
  return { process: server, ended };
}

function settingsOf({ port, busPort, folder }: Place, options: RedisServiceOptions): string[] {
  const { appendonly = "everysec", maxmemoryPolicy = "noeviction", maxmemory = "0", debug = false } = options;
  const settings: Record<string, string> = {
    port: String(port),
    bind: HOST,
    dir: folder,
    logfile: logOf(folder),
    save: "",
    appendonly: appendonly === "no" ? "no" : "yes",
    appendfsync: appendonly === "no" ? "everysec" : appendonly,
    maxmemory,
    "maxmemory-policy": maxmemoryPolicy,
    "enable-debug-command": debug ? "local" : "no",
    // A replica gets its copy at once: there are no others to wait for.
    "repl-diskless-sync-delay": "0",
  };
  if (busPort !== null) {
    Object.assign(settings, {
      "cluster-enabled": "yes",
      "cluster-port": String(busPort),
      "cluster-node-timeout": "2000",
      // What is whole goes on being served while a node is away.
      "cluster-require-full-coverage": "no",
    });
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

function logOf(folder: string): string {
  return join(folder, "redis.log");
}

/** Resolves when the server answers and has loaded its data. */
async function untilReady(server: Server): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const gone = server.ended.then((failure) => ({ failure }));
  while (performance.now() < deadline) {
    if (await answers(server)) return;
    const end = await Promise.race([gone, sleep(POLL_MS, null)]);
    if (systemErrorCode(end?.failure) === "ENOENT") throw new ServiceMissingError(MISSING);
    if (end !== null) break;
  }
  const log = await readFile(logOf(server.folder), "utf8").catch(() => "");
  throw new Error(`Redis did not start on port ${server.port}: ${log.slice(-2_000)}`);
}

/** Another server may hold the port: it must be this one that answers. */
async function answers({ port, process }: Server): Promise<boolean> {
  const client = new Redis({ host: HOST, port, lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const about = await client.info("server");
    client.disconnect();
    return about.includes(`process_id:${process.pid ?? 0}\r\n`);
  } catch {
    return false;
  }
}

/** A stopped server takes no notice of SIGTERM before it goes on. */
async function stopServer(server: Server): Promise<void> {
  if (server.process.exitCode !== null || server.process.signalCode !== null) return;
  server.process.kill("SIGTERM");
  server.process.kill("SIGCONT");
  const impatience = setTimeout(() => server.process.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await server.ended;
  clearTimeout(impatience);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, HOST);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}
