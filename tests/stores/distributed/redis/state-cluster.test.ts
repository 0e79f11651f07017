/** What happens to the Redis state store on a cluster, one of whose nodes is killed, comes back empty, or is replaced. */
import { describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { SHARDS } from "../../../../schema/model/entity-key.ts";
import { openRedisStateStore, type RedisStateStore } from "../../../../stores/distributed/redis/state-store.ts";
import type { StateStore } from "../../../../stores/ports/state-store.ts";
import { scanAll, topic, valuesOf } from "../../../contracts/state-store.contract.ts";
import { startTestRedis, type TestRedis } from "../../../support/start-redis.ts";
import { catchUp, countedKeys, countingBatch, untilAnswered } from "./counting-batches.ts";

const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };

/** By key: the value's text, or the code of the error. */
async function answers(store: StateStore, generation = 1): Promise<Map<string, string>> {
  const found = countedKeys.map(async (key): Promise<[string, string]> => {
    try {
      return [key, (await valuesOf(store, key, { generation }))?.["n"] ?? "null"];
    } catch (fault) {
      return [key, (fault as { readonly code: string }).code];
    }
  });
  return new Map(await Promise.all(found));
}

function kinds(answers: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set(answers.values())].sort();
}

async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
  }
}

/** Which of the servers holds the store's record, so that it can be spared or hit. */
async function holderOfRecord(redis: TestRedis, namespace: string): Promise<number> {
  for (const [at, address] of redis.service.addresses.entries()) {
    const [host = "", port] = address.split(":");
    const client = new Redis({ host, port: Number(port) });
    const held = await client.exists(`{${namespace}:state}:record`).catch(() => 0);
    client.disconnect();
    if (held === 1) return at;
  }
  throw new Error("No node holds the record.");
}

async function openServing(redis: TestRedis): Promise<{ readonly store: RedisStateStore; readonly record: number }> {
  const options = redis.options({ commandTimeoutMs: 1_500 });
  const store = await openRedisStateStore(options);
  expect(await store.serve(first, 0)).toBe(true);
  await store.apply(countingBatch(0, 5));
  return { store, record: await holderOfRecord(redis, options.namespace ?? "") };
}

/** A master answers before its replica has what was written: killed at once, it would take that with it. */
async function untilReplicated(redis: TestRedis, server: number): Promise<void> {
  const [host = "", port] = (redis.service.addresses[server] ?? "").split(":");
  const client = new Redis({ host, port: Number(port) });
  const offset = async (of: RegExp): Promise<number> => Number(of.exec(await client.info("replication"))?.[1] ?? -1);
  const written = await offset(/master_repl_offset:(\d+)/);
  await until(
    () => offset(/slave0:.*state=online,offset=(\d+)/),
    (reached) => reached >= written,
  );
  client.disconnect();
}

async function killNode(redis: TestRedis, server: number): Promise<void> {
  redis.service.signal("SIGKILL", server);
  await redis.service.ended(server);
}

const probe = await startTestRedis();
await probe?.[Symbol.asyncDispose]();
const suite = probe === null ? describe.skip : describe;

async function startCluster(nodes: number): Promise<TestRedis> {
  const redis = await startTestRedis({ cluster: nodes });
  if (redis === null) throw new Error("Redis is there, and is not.");
  return redis;
}

suite("Redis cluster StateStore: a node that comes back empty", () => {
  it("fails for its shards only while it is away, refuses them when it is back, and is begun anew by the next record", async () => {
    await using redis = await startCluster(3);
    const { store, record } = await openServing(redis);
    await using _ = store;
    const lost = (record + 1) % 3;
    await killNode(redis, lost);
    expect(kinds(await answers(store))).toEqual(["STORE_UNAVAILABLE", "add 5"]);
    await expect(store.apply(countingBatch(5, 6))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    await redis.service.restart(lost);
    const back = await until(
      () => answers(store),
      (found) => !kinds(found).includes("STORE_UNAVAILABLE"),
    );
    expect(kinds(back)).toEqual(["STORE_REBUILDING", "add 5", "add 6"].filter((kind) => kinds(back).includes(kind)));
    expect(kinds(back)).toContain("STORE_REBUILDING");
    expect(await store.incarnation()).toBe("partial");
    await expect(store.apply(countingBatch(6, 7))).rejects.toMatchObject({ code: "STORE_REBUILDING" });
    await expect(scanAll(store)).rejects.toMatchObject({ code: "STORE_REBUILDING" });

    const next = { version: 2, serving: 1, fingerprints: { 1: "", 2: "a" }, next: 2 };
    expect(await store.serve(next, 1)).toBe(true);
    expect(await store.incarnation()).toBe("whole");
    expect(kinds(await answers(store))).toContain("STORE_REBUILDING");
    expect(kinds(await answers(store, 2))).toEqual(["null"]);
    expect(await store.apply(countingBatch(0, 9, 2))).toEqual({ moved: [] });
    expect(kinds(await answers(store, 2))).toEqual(["add 9"]);
    expect(await store.serve({ version: 3, serving: 2, fingerprints: { 2: "a" } }, 2)).toBe(true);
    expect(kinds(await answers(store, 1))).toEqual(["null"]);
    expect(kinds(await answers(store, 2))).toEqual(["add 9"]);
  });

  it("is begun anew as a whole where the record is among what was lost", async () => {
    await using redis = await startCluster(3);
    const { store, record } = await openServing(redis);
    await using _ = store;
    await killNode(redis, record);
    await redis.service.restart(record);
    await until(
      () => answers(store),
      (found) => !kinds(found).includes("STORE_UNAVAILABLE"),
    );
    expect(kinds(await answers(store))).toContain("STORE_REBUILDING");
    expect(await store.generations()).toBeNull();
    expect(await store.incarnation()).toBe("partial");
    expect(await store.serve(first, 0)).toBe(true);
    expect(await store.incarnation()).toBe("whole");
    expect(kinds(await answers(store))).toEqual(["null"]);
    expect(await store.fences(1, topic, 0)).toEqual(Array.from({ length: SHARDS }, () => 0));
    expect(await store.apply(countingBatch(0, 3))).toEqual({ moved: [] });
    expect(kinds(await answers(store))).toEqual(["add 3"]);
  });
});

suite("Redis cluster StateStore: a node with a replica", () => {
  it("goes on with the replica, whose shards have the values of their fences", async () => {
    await using redis = await startCluster(6);
    const { store, record } = await openServing(redis);
    await using _ = store;
    await untilReplicated(redis, record);
    await killNode(redis, record);
    const fences = await untilAnswered(() => store.fences(1, topic, 0));
    expect(Math.max(...fences)).toBe(5);
    const found = await until(
      () => answers(store),
      (all) => !kinds(all).includes("STORE_UNAVAILABLE"),
    );
    for (const key of countedKeys) {
      const { includes } = await store.read({ generation: 1, entity: "Person", keys: [key], fields: null });
      expect(found.get(key)).toBe(`add ${includes[`${topic}/0`]}`);
    }
    await untilAnswered(() => catchUp(store, 6));
    expect(kinds(await answers(store))).toEqual(["add 6"]);
  });
});
