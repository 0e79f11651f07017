/** What goes to many shards of one server goes in few commands, and fails for those shards only that have a reason to. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { SHARDS, shardOf } from "../../../../schema/model/entity-key.ts";
import { openRedisStateStore, type RedisStateStore } from "../../../../stores/distributed/redis/state-store.ts";
import type { RedisOptions } from "../../../../stores/distributed/redis/redis-options.ts";
import { add, batchOf, scanAll, topic } from "../../../contracts/state-store.contract.ts";
import { freePort } from "../../../support/onefold-program.ts";
import { startTestRedis, type TestRedis } from "../../../support/start-redis.ts";
import { openTemporaryFolder } from "../../../support/temporary-folder.ts";
import { catchUp, countedKeys, countingBatch, untilAnswered } from "./counting-batches.ts";

const redis = await startTestRedis();
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
});

const suite = redis === null ? describe.skip : describe;
const real = redis as TestRedis;
const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };

async function openServing(options: RedisOptions): Promise<RedisStateStore> {
  const store = await openRedisStateStore(options);
  await store.serve(first, 0);
  return store;
}

/** How many scripts were run while `work` ran. */
async function countScripts({ nodes: [node] }: RedisOptions, work: () => Promise<unknown>): Promise<number> {
  const client = new Redis({ ...node });
  try {
    await client.config("RESETSTAT");
    await work();
    const stats = await client.info("commandstats");
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  } finally {
    client.disconnect();
  }
}

suite("Redis StateStore: scripts of many shards", () => {
  it("are one command for a small batch, a look at the fences, and a read", async () => {
    const options = real.options();
    await using store = await openServing(options);
    await store.apply(countingBatch(0, 1));
    await store.read({ generation: 1, entity: "Person", keys: countedKeys.slice(0, 100), fields: null });
    await store.fences(1, topic, 0);
    expect(await countScripts(options, () => store.apply(countingBatch(1, 2)))).toBe(1);
    expect(await countScripts(options, () => store.fences(1, topic, 0))).toBe(1);
    const keys = countedKeys.slice(0, 100);
    expect(await countScripts(options, () => store.read({ generation: 1, entity: "Person", keys, fields: null }))).toBe(
      1,
    );
  });

  it("are some commands where there is much, so that others are served in between", async () => {
    const options = real.options();
    await using store = await openServing(options);
    const members = Object.fromEntries(Array.from({ length: 8_000 }, (_, at) => [`member:${at}`, [add("n", 1)]]));
    await store.apply(countingBatch(0, 1));
    const scripts = await countScripts(options, () => store.apply(batchOf({ from: 1, to: 2, members })));
    expect(scripts).toBeGreaterThan(8);
    expect(scripts).toBeLessThan(SHARDS / 2);
    const read = () => store.read({ generation: 1, entity: "Person", keys: Object.keys(members), fields: null });
    expect(await countScripts(options, read)).toBeGreaterThan(8);
  });

  it("fail for one shard, and are done in the others", async () => {
    const options = real.options();
    await using store = await openServing(options);
    const key = countedKeys.find((name) => shardOf("Person", name) === 17) ?? "";
    await store.apply(batchOf({ from: 0, to: 1, members: { [key]: [add("n", 1)] } }));
    // Another process: it does not remember what the field was.
    await using other = await openRedisStateStore(options);
    const wrong = { field: "n", operation: "greatest", bytes: Buffer.of(1) } as const;
    const batch = batchOf({ from: 1, to: 2, members: { [key]: [wrong] } });
    const good = batchOf({ from: 1, to: 2, members: { a: [add("m", 1)] }, entity: "Shop" });
    const shards = batch.shards.map((part, at) => (part.shard === 17 ? part : (good.shards[at] ?? part)));
    await expect(other.apply({ ...batch, shards })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("two operations"),
    });
    const fences = await store.fences(1, topic, 0);
    expect(fences[17]).toBe(1);
    expect(new Set(fences.filter((_, shard) => shard !== 17))).toEqual(new Set([2]));
    expect(await scanAll(store, 1, "Shop")).toEqual([["a", { m: "add 1" }]]);
  });

  it("go out shard by shard where one server alone has slots", async () => {
    await using folder = await openTemporaryFolder();
    const port = await freePort();
    const place = ["--port", String(port), "--dir", folder.path, "--bind", "127.0.0.1", "--save", ""];
    const server = spawn("redis-server", [...place, "--cluster-enabled", "yes"], { stdio: "ignore" });
    const ended = once(server, "exit");
    const client = new Redis({ host: "127.0.0.1", port });
    client.on("error", () => undefined);
    try {
      await client.cluster("ADDSLOTSRANGE", 0, 16_383);
      const options = { nodes: [{ host: "127.0.0.1", port }], cluster: false };
      await using store = await openRedisStateStore(options);
      await untilAnswered(() => store.serve(first, 0));
      await untilAnswered(() => store.apply(countingBatch(0, 1)));
      await catchUp(store, 3);
      const scripts = await countScripts(options, () => store.fences(1, topic, 0));
      expect(scripts).toBe(SHARDS);
    } finally {
      client.disconnect();
      server.kill();
      await ended;
    }
  });
});
