/** The checks of Redis, on each server by itself: it answers, keeps what it is given, and its clock is ours. */
import { Redis } from "ioredis";
import type { RedisOptions } from "../../stores/distributed/redis/redis-options.ts";
import { failed, ok, warning, type Check, type CheckResult } from "./check.ts";
import { judgeSkew, measureSkew } from "./clock-skew.ts";
import { isAtLeast } from "./versions.ts";

/** Sharded pub/sub came with it. */
const LEAST_VERSION = "7.0";

/** All named nodes are looked at; the others of a cluster are as their own `cluster nodes` says. */
export function redisChecks(options: RedisOptions): readonly Check[] {
  return options.nodes.flatMap((node) => {
    const where = `${node.host}:${String(node.port)}`;
    const within = (look: (client: Redis) => Promise<CheckResult>) => () => withClient(options, node, look);
    return [
      { name: "redis", where, run: within((client) => checkServer(client, options)) },
      { name: "redis memory", where, run: within(checkMemory) },
      { name: "redis persistence", where, run: within(checkPersistence) },
      { name: "redis clock", where, run: within(checkClock) },
    ];
  });
}

async function withClient(
  { username, password, tls, commandTimeoutMs = 5_000 }: RedisOptions,
  node: RedisOptions["nodes"][number],
  look: (client: Redis) => Promise<CheckResult>,
): Promise<CheckResult> {
  const client = new Redis({
    ...node,
    lazyConnect: true,
    protocol: 2,
    connectTimeout: commandTimeoutMs,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined || tls === false ? {} : { tls: tls === true ? {} : { ...tls } }),
  });
  let fault: Error | null = null;
  client.on("error", (error: Error) => (fault = error));
  try {
    await client.connect();
    return await look(client);
  } catch (thrown) {
    // "Connection is closed" says less than why it was.
    throw (fault as Error | null) ?? thrown;
  } finally {
    client.disconnect();
  }
}

async function checkServer(client: Redis, { cluster }: RedisOptions): Promise<CheckResult> {
  const server = await info(client, "server");
  const version = server.get("redis_version") ?? "0";
  const isCluster = (await info(client, "cluster")).get("cluster_enabled") === "1";
  const text = `Redis ${version}, ${isCluster ? "of a cluster" : "by itself"}`;
  if (!isAtLeast(version, LEAST_VERSION)) return failed(text, `Use Redis ${LEAST_VERSION} or newer.`);
  if (isCluster !== cluster) {
    return failed(text, `Set redis.cluster to ${String(isCluster)}, or name the servers that you mean.`);
  }
  if (!isCluster) return ok(text);
  const state = /^cluster_state:(\S+)/m.exec(String(await client.call("CLUSTER", "INFO")))?.[1];
  if (state === "ok") return ok(text);
  return failed(
    `${text}, whose state is ${String(state)}`,
    "See `CLUSTER INFO` and `CLUSTER NODES`: slots are not served.",
  );
}

async function checkMemory(client: Redis): Promise<CheckResult> {
  const memory = await info(client, "memory");
  const policy = memory.get("maxmemory_policy") ?? "unknown";
  const limit = Number(memory.get("maxmemory") ?? 0);
  const used = memory.get("used_memory_human") ?? "?";
  const text = `${used} used, ${limit === 0 ? "no limit" : `limit ${memory.get("maxmemory_human") ?? "?"}`}, ${policy}`;
  if (policy === "noeviction") return ok(text);
  return failed(text, "CONFIG SET maxmemory-policy noeviction: what is evicted would be counted as if it never was.");
}

async function checkPersistence(client: Redis): Promise<CheckResult> {
  const persistence = await info(client, "persistence");
  const appends = persistence.get("aof_enabled") === "1";
  const broken = ["aof_last_write_status", "rdb_last_bgsave_status", "aof_last_bgrewrite_status"].filter(
    (name) => (persistence.get(name) ?? "ok") !== "ok",
  );
  if (broken.length > 0) {
    return failed(`${broken.join(", ")}: not ok`, "See Redis's own log: it cannot write to its disk.");
  }
  if (appends) return ok("append-only file");
  return warning(
    "no append-only file",
    "Set appendonly yes, or accept that after a restart all models are rebuilt from the log.",
  );
}

async function checkClock(client: Redis): Promise<CheckResult> {
  const skew = await measureSkew(async () => {
    const [seconds, microseconds] = await client.time();
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  });
  return judgeSkew(skew);
}

async function info(client: Redis, section: string): Promise<ReadonlyMap<string, string>> {
  const text = await client.info(section);
  return new Map([...text.matchAll(/^([^:#\r\n]+):([^\r\n]*)/gm)].map(([, name = "", value = ""]) => [name, value]));
}
