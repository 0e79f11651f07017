/** One connection to Redis or a Redis cluster, which fails in bounded time while a server is away and recovers by itself. */
import { once } from "node:events";
import { Cluster, Redis } from "ioredis";
import { OnefoldError } from "../../../schema/errors.ts";
import type { LuaScript } from "./lua-script.ts";
import type { RedisOptions } from "./redis-options.ts";

export type RedisArgument = string | number | Buffer;

/**
 * What the stores on Redis share. Texts go out as UTF-8; answers are bytes. A command whose connection is lost fails at
 * once on one server, and is sent again for up to about two seconds in a cluster: make it safe to repeat.
 */
export interface RedisConnection extends AsyncDisposable {
  /** For subscriptions, and whatever the methods here do not cover. */
  readonly client: Redis | Cluster;
  readonly options: RedisOptions;
  /** In front of every key and channel. */
  readonly namespace: string;
  /** Whether all keys of a command must be in one slot. */
  readonly hasSlots: boolean;
  /**
   * Sends one command, written at once. Answers bulk and simple texts as Buffer, numbers as number, nil as null.
   * @throws STORE_UNAVAILABLE when there is no answer in time, or an error for one
   */
  call(command: string, args: readonly RedisArgument[]): Promise<unknown>;
  /** Runs a script by its digest, and whole where the server does not know it. All keys must be in one slot. */
  run(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  /** The error for a command that a server refused. */
  unavailable(fault: unknown): OnefoldError;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_RETRY_DELAY_MS = 1_000;

/**
 * Connects, and refuses servers that may throw data away.
 * @throws INPUT_INVALID for a namespace that cannot stand in a key; STORE_UNAVAILABLE when no server answers in time, or
 *   one is allowed to evict keys
 */
export async function connectRedis(options: RedisOptions): Promise<RedisConnection> {
  const namespace = options.namespace ?? "onefold";
  if (!/^[\w.-]+$/.test(namespace)) {
    throw new OnefoldError(
      "INPUT_INVALID",
      `The Redis namespace "${namespace}" has other characters than A-Z a-z 0-9 _ . -`,
    );
  }
  const client = options.cluster ? createCluster(options) : createSingle(options);
  // Each fault reaches whoever sent a command; without a listener the client would print it, too.
  client.on("error", () => {});
  try {
    await withTimeout(client.connect(), timeoutOf(options));
    await refuseEviction(client);
    return new OpenConnection(client, options, namespace, await isClustered(client));
  } catch (fault) {
    await disconnect(client);
    throw unavailable(fault, options);
  }
}

class OpenConnection implements RedisConnection {
  readonly client: Redis | Cluster;
  readonly options: RedisOptions;
  readonly namespace: string;
  readonly hasSlots: boolean;

  constructor(client: Redis | Cluster, options: RedisOptions, namespace: string, hasSlots: boolean) {
    this.client = client;
    this.options = options;
    this.namespace = namespace;
    this.hasSlots = hasSlots;
  }

  async call(command: string, args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.client.callBuffer(command, ...args);
    } catch (fault) {
      throw this.unavailable(fault);
    }
  }

  async run(script: LuaScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    try {
      return await this.client.callBuffer("EVALSHA", script.sha, keys.length, ...keys, ...args);
    } catch (fault) {
      if (!(fault instanceof Error) || !fault.message.startsWith("NOSCRIPT")) throw this.unavailable(fault);
    }
    return await this.call("EVAL", [script.text, keys.length, ...keys, ...args]);
  }

  unavailable(fault: unknown): OnefoldError {
    return unavailable(fault, this.options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return disconnect(this.client);
  }
}

/** Resolves when its sockets are closed. */
async function disconnect(client: Redis | Cluster): Promise<void> {
  if (client.status === "end") return;
  // While it waits for its next try there is nothing to close.
  const isConnected = client.status === "ready" || client.status === "connect";
  const ended = isConnected ? once(client, "end") : undefined;
  client.disconnect();
  await ended;
}

function timeoutOf({ commandTimeoutMs }: RedisOptions): number {
  return commandTimeoutMs ?? DEFAULT_TIMEOUT_MS;
}

/** Of one server's client, and of each node's in a cluster. */
function sharedOptions(options: RedisOptions) {
  const { username, password, tls } = options;
  const timeoutMs = timeoutOf(options);
  return {
    protocol: 2 as const,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A server that accepts and never answers: the connection and all that was written to it are dropped.
    socketTimeout: timeoutMs,
    // What was under way when the connection broke fails now, not after some reconnections.
    maxRetriesPerRequest: 0,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined || tls === false ? {} : { tls: tls === true ? {} : { ...tls } }),
  };
}

function createSingle(options: RedisOptions): Redis {
  const [node] = options.nodes;
  if (node === undefined) throw new OnefoldError("INPUT_INVALID", "No Redis server is named.");
  return new Redis({ ...sharedOptions(options), ...node, retryStrategy });
}

function createCluster(options: RedisOptions): Cluster {
  return new Cluster([...options.nodes], {
    lazyConnect: true,
    // Else commands would wait for ever while no node is reachable.
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: Math.min(1_000, timeoutOf(options)),
    // Nodes are reached by the names that they tell each other, over TLS too.
    dnsLookup: (address, callback) => {
      callback(null, address);
    },
    redisOptions: sharedOptions(options),
  });
}

function retryStrategy(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 10), MAX_RETRY_DELAY_MS);
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An evicted key would be a zero that nobody was told of. */
async function refuseEviction(client: Redis | Cluster): Promise<void> {
  const masters = client instanceof Cluster ? client.nodes("master") : [client];
  for (const master of masters) {
    const policy = /maxmemory_policy:(\S+)/.exec(await master.info("memory"))?.[1];
    if (policy === "noeviction") continue;
    const { host = "", port = 0 } = master.options;
    throw new OnefoldError(
      "STORE_UNAVAILABLE",
      `Redis at ${host}:${port} may evict keys: its policy is ${policy ?? "unknown"}.`,
      {
        remedy: "Set maxmemory-policy to noeviction in the server's configuration, on every node.",
      },
    );
  }
}

/** One server alone may be a cluster, too. */
async function isClustered(client: Redis | Cluster): Promise<boolean> {
  return client instanceof Cluster || /cluster_enabled:1/.test(await client.info("cluster"));
}

function unavailable(fault: unknown, { nodes }: RedisOptions): OnefoldError {
  if (fault instanceof OnefoldError) return fault;
  const told = fault instanceof Error ? fault.message : String(fault);
  const places = nodes.map(({ host, port }) => `${host}:${port}`).join(", ");
  return new OnefoldError("STORE_UNAVAILABLE", `Redis at ${places} did not answer: ${told}`, { cause: fault });
}
