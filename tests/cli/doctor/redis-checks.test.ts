/** The checks of Redis, on a real server that has each fault. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { runChecks, type CheckReport } from "../../../cli/doctor/check.ts";
import { redisChecks } from "../../../cli/doctor/redis-checks.ts";
import type { RedisOptions } from "../../../stores/distributed/redis/redis-options.ts";
import { startTestRedis } from "../../support/start-redis.ts";

const redis = await startTestRedis();
const signal = new AbortController().signal;

async function examine(options: RedisOptions): Promise<(name: string) => CheckReport | undefined> {
  const { checks } = await runChecks(redisChecks(options), { signal });
  return (name) => checks.find((check) => check.name === name);
}

(redis === null ? describe.skip : describe)("the checks of Redis", () => {
  const options = (): RedisOptions => redis?.options() ?? { nodes: [], cluster: false };
  let client: Redis;

  beforeAll(() => {
    client = new Redis({ ...options().nodes[0] });
  });
  afterAll(async () => {
    client.disconnect();
    await redis?.[Symbol.asyncDispose]();
  });

  it("find a good server good, and say which it is", async () => {
    await client.config("SET", "appendonly", "yes");
    const of = await examine(options());
    expect(of("redis")).toMatchObject({ outcome: "ok", detail: expect.stringMatching(/^Redis \d+\.\d+.*by itself$/) });
    for (const name of ["redis memory", "redis persistence", "redis clock"]) expect(of(name)?.outcome).toBe("ok");
    expect(of("redis")?.where).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("refuse eviction, and warn where nothing is kept over a restart", async () => {
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    await client.config("SET", "appendonly", "no");
    const of = await examine(options());
    await client.config("SET", "maxmemory-policy", "noeviction");
    expect(of("redis memory")).toMatchObject({ outcome: "failed", remedy: expect.stringContaining("noeviction") });
    expect(of("redis persistence")).toMatchObject({
      outcome: "warning",
      remedy: expect.stringContaining("appendonly"),
    });
  });

  it("tell of a setting that says cluster where there is none", async () => {
    const of = await examine({ ...options(), cluster: true });
    expect(of("redis")).toMatchObject({ outcome: "failed", remedy: expect.stringContaining("redis.cluster") });
  });

  it("tell of a wrong password without showing it", async () => {
    await client.config("SET", "requirepass", "another");
    const { checks, ok } = await runChecks(redisChecks({ ...options(), password: "hunter2" }), { signal });
    await client.config("SET", "requirepass", "");
    expect(ok).toBe(false);
    expect(checks[0]?.detail).toContain("WRONGPASS");
    expect(JSON.stringify(checks)).not.toContain("hunter2");
  });

  it("tell of a server that is not there, within the time", async () => {
    const away: RedisOptions = { nodes: [{ host: "127.0.0.1", port: 1 }], cluster: false, commandTimeoutMs: 500 };
    const of = await examine(away);
    expect(of("redis")).toMatchObject({ outcome: "failed", detail: expect.stringContaining("ECONNREFUSED") });
  });
});
