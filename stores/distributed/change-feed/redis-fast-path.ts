/** The fast path of changes over Redis: sharded publish and subscribe, one channel a partition of a source. */
import { Cluster, Redis, type RedisOptions as ClientOptions } from "ioredis";
import { OnefoldError } from "../../../schema/errors.ts";
import type { RedisOptions } from "../redis/redis-options.ts";
import type { FastPath, FastPathListener } from "./fast-path.ts";

/** What may be on its way to Redis; beyond, messages are dropped. */
const maxPendingBytes = 8 * 1024 * 1024;
const maxReconnectMs = 1000;

/**
 * Connects in the background, and again whenever it must: one connection for sending and one for listening; in a
 * cluster one each a node that has channels. A channel's slot is its own, so the load spreads over the cluster.
 */
export function openRedisFastPath(options: RedisOptions): FastPath & AsyncDisposable {
  return new RedisFastPath(options);
}

class RedisFastPath implements FastPath, AsyncDisposable {
  readonly #options: RedisOptions;
  readonly #sender: Redis | Cluster;
  #listening: { readonly client: Redis | Cluster; readonly renew: () => void } | null = null;
  #pendingBytes = 0;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#sender = connect(options);
  }

  send(channel: string, message: Buffer): void {
    if (this.#pendingBytes + message.length > maxPendingBytes) return;
    this.#pendingBytes += message.length;
    const done = (): void => void (this.#pendingBytes -= message.length);
    this.#sender.spublish(this.#nameOf(channel), message).then(done, done);
  }

  listen(channels: readonly string[], listener: FastPathListener): void {
    const names = new Map(channels.map((channel) => [this.#nameOf(channel), channel]));
    const client = connect(this.#options);
    client.on("smessageBuffer", (name: Buffer, message: Buffer) => {
      const channel = names.get(name.toString("utf8"));
      if (channel !== undefined) listener.message(channel, message);
    });
    const subscribe = (): void => {
      // One by one: in a cluster each channel has a slot of its own.
      const all = [...names.keys()].map((name) => client.ssubscribe(name));
      Promise.all(all).then(() => listener.connected(), ignoreLost);
    };
    client.on("ready", subscribe);
    // A cluster's client subscribes again by itself when a node comes, goes, or gives slots away.
    client.on("subscribersReady", () => listener.connected());
    this.#listening = {
      client,
      renew: () => {
        client.disconnect();
        this.listen(channels, listener);
      },
    };
  }

  renew(): void {
    this.#listening?.renew();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sender.disconnect();
    this.#listening?.client.disconnect();
    this.#listening = null;
  }

  /** The braces hold what a cluster hashes. */
  #nameOf(channel: string): string {
    return `${this.#options.namespace ?? "onefold"}:changes:{${channel}}`;
  }
}

function connect(options: RedisOptions): Redis | Cluster {
  const client = options.cluster ? connectCluster(options) : connectServer(options);
  // Without a listener an error would end the process; the connection is made again whatever it was.
  client.on("error", ignoreLost);
  return client;
}

function connectServer(options: RedisOptions): Redis {
  const [node] = options.nodes;
  if (node === undefined) throw new OnefoldError("INPUT_INVALID", "No Redis server is named.");
  return new Redis({ ...clientOptions(options), ...node, retryStrategy: reconnectDelayMs, enableOfflineQueue: false });
}

function connectCluster(options: RedisOptions): Cluster {
  return new Cluster([...options.nodes], {
    redisOptions: clientOptions(options),
    clusterRetryStrategy: reconnectDelayMs,
    shardedSubscribers: true,
    enableOfflineQueue: false,
    // Nodes are reached by the names that they tell each other, over TLS too.
    dnsLookup: (address, callback) => callback(null, address),
  });
}

/** What was not answered is dropped: it is old by the time that a connection is there again. */
function clientOptions({
  username,
  password,
  tls,
  commandTimeoutMs = 5000,
}: RedisOptions): Omit<ClientOptions, "replyMapping"> {
  return {
    protocol: 2,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    socketTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined || tls === false ? {} : { tls: tls === true ? {} : { ...tls } }),
  };
}

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), maxReconnectMs);
}

/** Whatever Redis says: the log has what it loses, and a look finds it. */
function ignoreLost(): void {}
