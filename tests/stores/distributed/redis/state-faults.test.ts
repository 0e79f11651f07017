/** What happens to the Redis state store when one server is frozen, wiped, killed, or its answers are lost. */
import { truncate, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { SHARDS } from "../../../../schema/model/entity-key.ts";
import { startRedis } from "../../../../cli/services/redis-service.ts";
import { openRedisStateStore, type RedisStateStore } from "../../../../stores/distributed/redis/state-store.ts";
import type { StateStore } from "../../../../stores/ports/state-store.ts";
import { add, batchOf, scanAll, topic, valuesOf } from "../../../contracts/state-store.contract.ts";
import { startTestRedis, type TestRedis } from "../../../support/start-redis.ts";
import { openTemporaryFolder } from "../../../support/temporary-folder.ts";
import { catchUp, countedKeys, countingBatch, untilAnswered } from "./counting-batches.ts";
import { openCuttingProxy } from "./cutting-proxy.ts";

const redis = await startTestRedis({ debug: true });
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
});

const rebuilding = { code: "STORE_REBUILDING" };
const unavailable = { code: "STORE_UNAVAILABLE" };
const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };

/** What the members hold, each value once. */
async function sums(store: StateStore, generation = 1): Promise<unknown> {
  const found = (await scanAll(store, generation)) as [string, { n: string }][];
  return [...new Set(found.map(([, { n }]) => n))];
}

async function openServing(
  redis: TestRedis,
  more: { readonly commandTimeoutMs?: number } = {},
): Promise<RedisStateStore> {
  const store = await openRedisStateStore(redis.options(more));
  expect(await store.serve(first, 0)).toBe(true);
  return store;
}

/** Sends one command on a connection of its own. */
async function command(address: string, ...words: [string, ...string[]]): Promise<unknown> {
  const [host = "", port] = address.split(":");
  const client = new Redis({ host, port: Number(port) });
  try {
    const [name, ...args] = words;
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

const suite = redis === null ? describe.skip : describe;
const real = redis as TestRedis;
const address = redis?.service.addresses[0] ?? "";

suite("Redis StateStore: scripts", () => {
  it("loads them again after the server forgot them", async () => {
    await using store = await openServing(real);
    for (let at = 0; at < 4; at++) {
      await command(address, "SCRIPT", "FLUSH");
      expect(await store.apply(countingBatch(at, at + 1))).toEqual({ moved: [] });
    }
    await command(address, "SCRIPT", "FLUSH");
    expect(await sums(store)).toEqual(["add 4"]);
    expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([4]));
  });
});

suite("Redis StateStore: a batch that fails", () => {
  it("changes nothing of its shard", async () => {
    const options = real.options();
    await using store = await openRedisStateStore(options);
    await store.serve(first, 0);
    await store.apply(batchOf({ from: 0, to: 1, members: { a: [add("n", 1)] } }));
    const wrong = { field: "n", operation: "greatest", bytes: Buffer.of(1) } as const;
    // Another process: it does not remember what the field was.
    await using other = await openRedisStateStore(options);
    const failing = batchOf({ from: 1, to: 2, members: { a: [add("new", 1), wrong] } });
    await expect(other.apply(failing)).rejects.toMatchObject(unavailable);
    expect(await scanAll(store)).toEqual([["a", { n: "add 1" }]]);
    await store.apply(
      batchOf({
        from: 1,
        to: 2,
        members: { a: [add("new", 5)] },
        shards: shardsAt(await store.fences(1, topic, 0), 1),
      }),
    );
    expect(await scanAll(store)).toEqual([["a", { n: "add 1", new: "add 5" }]]);
  });

  it("changes nothing where memory is used up", async () => {
    await using small = await startTestRedis({ maxmemory: "3mb" });
    if (small === null) throw new Error("Redis is there, and is not.");
    await using store = await openServing(small);
    const fill = { operation: "greatest", bytes: Buffer.alloc(200_000, 7) } as const;
    let at = 0;
    const grow = async (): Promise<void> => {
      for (; at < 100; at++) {
        await store.apply(
          batchOf({ from: at, to: at + 1, members: { a: [add("n", 1), { field: `f${at}`, ...fill }] } }),
        );
      }
    };
    await expect(grow()).rejects.toMatchObject(unavailable);
    const read = await store.read({ generation: 1, entity: "Person", keys: ["a"], fields: ["n"] });
    expect(read.entities[0]?.get("n")).toEqual({ operation: "add", amount: read.includes[`${topic}/0`] });
  });
});

suite("Redis StateStore: an answer that is lost", () => {
  it("is not counted twice when its batch is sent again", async () => {
    await using proxy = await openCuttingProxy(address);
    await using store = await openRedisStateStore(real.options({ nodes: [{ host: "127.0.0.1", port: proxy.port }] }));
    await store.serve(first, 0);
    await store.apply(countingBatch(0, 1));
    proxy.cutNextAnswer();
    await expect(store.apply(countingBatch(1, 3))).rejects.toMatchObject(unavailable);
    expect(proxy.cuts).toBe(1);
    const { moved } = await store.apply(countingBatch(1, 3));
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(moved.map(({ fence }) => fence))).toEqual(new Set([3]));
    expect(await sums(store)).toEqual(["add 3"]);
  });

  it("leaves nothing of an oversized batch that was cut off, and the parts vanish", async () => {
    await using proxy = await openCuttingProxy(address);
    const options = real.options({ nodes: [{ host: "127.0.0.1", port: proxy.port }] });
    await using store = await openRedisStateStore({ ...options, maxCallBytes: 10_000 });
    await store.serve(first, 0);
    const large = { field: "g", operation: "greatest", bytes: Buffer.alloc(300_000, 1) } as const;
    const batch = batchOf({ from: 0, to: 9, members: { a: [add("n", 9), large] } });
    await store.apply(batchOf({ from: 0, to: 0, members: {} }));
    proxy.cutAfterSending(150_000);
    await expect(store.apply(batch)).rejects.toMatchObject(unavailable);
    expect(proxy.cuts).toBe(1);
    expect(await valuesOf(store, "a")).toBeNull();
    const { namespace = "" } = options;
    const left = (await command(address, "KEYS", `{${namespace}:*}:staged:*`)) as string[];
    expect(left).toHaveLength(1);
    expect(Number(await command(address, "PTTL", left[0] ?? ""))).toBeGreaterThan(0);
    const shards = shardsAt(await store.fences(1, topic, 0), 0);
    await store.apply({ ...batch, shards: batch.shards.filter(({ shard }) => shards.includes(shard)) });
    expect((await valuesOf(store, "a"))?.["n"]).toBe("add 9");
    expect(await command(address, "KEYS", `{${namespace}:*}:staged:*`)).toEqual(left);
  });
});

suite("Redis StateStore: a frozen server", () => {
  it.each([
    ["SIGSTOP", (): void => real.service.signal("SIGSTOP")],
    ["DEBUG SLEEP", (): void => void command(address, "DEBUG", "SLEEP", "2").catch(() => {})],
  ] as const)("fails in bounded time under %s, and the store recovers by itself", async (name, freeze) => {
    await using store = await openServing(real, { commandTimeoutMs: 400 });
    await store.apply(countingBatch(0, 1));
    freeze();
    if (name === "DEBUG SLEEP")
      await expect(untilFails(() => store.fences(1, topic, 0))).resolves.toMatchObject(unavailable);
    await expect(store.apply(countingBatch(1, 2))).rejects.toMatchObject(unavailable);
    await expect(valuesOf(store, "member:1")).rejects.toMatchObject(unavailable);
    real.service.signal("SIGCONT");
    await untilAnswered(() => store.fences(1, topic, 0));
    await catchUp(store, 2);
    expect(await sums(store)).toEqual(["add 2"]);
  });
});

suite("Redis StateStore: a server that lost its data", () => {
  const refuses = async (store: RedisStateStore): Promise<void> => {
    await expect(store.apply(countingBatch(0, 1))).rejects.toMatchObject(rebuilding);
    await expect(valuesOf(store, "member:1")).rejects.toMatchObject(rebuilding);
    await expect(store.fences(1, topic, 0)).rejects.toMatchObject(rebuilding);
    await expect(scanAll(store)).rejects.toMatchObject(rebuilding);
    await expect(store.segments(1, topic, 0, 0)[Symbol.asyncIterator]().next()).rejects.toMatchObject(rebuilding);
  };

  it("refuses before it was ever begun", async () => {
    await using store = await openRedisStateStore(real.options());
    expect(await store.incarnation()).toBe("wiped");
    expect(await store.generations()).toBeNull();
    await refuses(store);
  });

  it("refuses after FLUSHALL, and begins anew with its first generation record", async () => {
    await using wiped = await startTestRedis();
    if (wiped === null) throw new Error("Redis is there, and is not.");
    await using store = await openServing(wiped);
    await store.apply(countingBatch(0, 5));
    expect(await store.incarnation()).toBe("whole");
    await command(wiped.service.addresses[0] ?? "", "FLUSHALL");
    await refuses(store);
    expect(await store.incarnation()).toBe("wiped");
    expect(await store.generations()).toBeNull();
    expect(await store.serve(first, 0)).toBe(true);
    expect(await store.incarnation()).toBe("whole");
    expect(await scanAll(store)).toEqual([]);
    await store.apply(countingBatch(0, 7));
    expect(await sums(store)).toEqual(["add 7"]);
  });

  it("refuses the generation that was lost, also where another process has begun the store anew", async () => {
    await using wiped = await startTestRedis();
    if (wiped === null) throw new Error("Redis is there, and is not.");
    const options = wiped.options();
    await using late = await openRedisStateStore(options);
    await late.serve(first, 0);
    await late.apply(countingBatch(0, 1));
    await command(wiped.service.addresses[0] ?? "", "FLUSHALL");
    await using other = await openRedisStateStore(options);
    expect(await other.serve({ version: 2, serving: 1, fingerprints: { 1: "", 2: "a" }, next: 2 }, 0)).toBe(true);
    // Twice: at first it does not know the new incarnation.
    for (let times = 0; times < 2; times++) await expect(sums(late, 1)).rejects.toMatchObject(rebuilding);
    expect(await sums(late, 2)).toEqual([]);
  });

  it("refuses after kill -9 without a log of writes", async () => {
    await using killed = await startTestRedis();
    if (killed === null) throw new Error("Redis is there, and is not.");
    await using store = await openServing(killed, { commandTimeoutMs: 1_000 });
    await store.apply(countingBatch(0, 5));
    killed.service.signal("SIGKILL");
    await killed.service.ended();
    await expect(store.apply(countingBatch(5, 6))).rejects.toMatchObject(unavailable);
    await killed.service.restart();
    await untilAnswered(() => store.incarnation());
    await refuses(store);
    expect(await store.incarnation()).toBe("wiped");
  });

  it("knows a shard whose data alone is gone", async () => {
    const options = real.options();
    await using store = await openRedisStateStore(options);
    await store.serve(first, 0);
    await store.apply(countingBatch(0, 5));
    await command(address, "DEL", `{${options.namespace}:s17}:head`);
    expect(await store.incarnation()).toBe("partial");
    await expect(store.fences(1, topic, 0)).rejects.toMatchObject(rebuilding);
  });

  it("is begun by one of several that try at once, and is whole then", async () => {
    for (let round = 0; round < 5; round++) {
      const options = real.options();
      const stores = await Promise.all([1, 2, 3, 4].map(() => openRedisStateStore(options)));
      const begun = async (store: RedisStateStore): Promise<boolean> => {
        for (;;) {
          if (await store.serve(first, 0)) return true;
          if ((await store.generations()) !== null) return false;
        }
      };
      const wins = await Promise.all(stores.map(begun));
      expect(wins.filter(Boolean)).toHaveLength(1);
      for (const store of stores) {
        expect(await store.incarnation()).toBe("whole");
        await store[Symbol.asyncDispose]();
      }
    }
  });
});

suite("Redis StateStore: kill -9 with a log of writes", () => {
  it("goes on where it was, and where the end of the log is lost, each shard's values go back with its fence", async () => {
    await using folder = await openTemporaryFolder();
    // Flushed each second, even the write may wait for the disk, and what was answered is gone with the process.
    await using service = await startRedis({ folder: folder.path, port: 0, appendonly: "always" });
    const [at = ""] = service.addresses;
    const nodes = [{ host: "127.0.0.1", port: Number(at.split(":")[1]) }];
    await using store = await openRedisStateStore({ nodes, cluster: false, commandTimeoutMs: 2_000 });
    await store.serve(first, 0);
    for (let from = 0; from < 4; from++) await store.apply(countingBatch(from, from + 1));
    // The last in two commands, of which the log will keep one.
    const last = countingBatch(4, 5);
    for (const isLow of [true, false]) {
      await store.apply({ ...last, shards: last.shards.filter(({ shard }) => shard < SHARDS / 2 === isLow) });
    }
    service.signal("SIGKILL");
    await service.ended();
    await service.restart();
    await untilAnswered(() => store.fences(1, topic, 0));
    expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([5]));
    expect(await sums(store)).toEqual(["add 5"]);

    service.signal("SIGKILL");
    await service.ended();
    await cutLog(join(folder.path, "appendonlydir"));
    await service.restart();
    const fences = await untilAnswered(() => store.fences(1, topic, 0));
    expect(Math.min(...fences)).toBe(4);
    expect(Math.max(...fences)).toBe(5);
    const read = async (key: string): Promise<unknown> => {
      const { entities, includes } = await store.read({ generation: 1, entity: "Person", keys: [key], fields: null });
      expect(entities[0]?.get("n")).toEqual({ operation: "add", amount: includes[`${topic}/0`] });
      return includes[`${topic}/0`];
    };
    expect(new Set(await Promise.all(countedKeys.map(read)))).toEqual(new Set([4, 5]));
    const { moved } = await store.apply(countingBatch(5, 6));
    expect(moved).toHaveLength(fences.filter((fence) => fence === 4).length);
    await catchUp(store, 6);
    expect(await sums(store)).toEqual(["add 6"]);
  });
});

suite("Redis StateStore: a server that may evict", () => {
  it("is refused with what to set", async () => {
    await using evicting = await startTestRedis({ maxmemoryPolicy: "allkeys-lru" });
    if (evicting === null) throw new Error("Redis is there, and is not.");
    const refused = openRedisStateStore(evicting.options());
    await expect(refused).rejects.toMatchObject({ ...unavailable, remedy: expect.stringContaining("noeviction") });
  });

  it("is not looked for under a namespace that cannot stand in a key", async () => {
    await expect(openRedisStateStore(real.options({ namespace: "a}b" }))).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });
});

function shardsAt(fences: readonly number[], fence: number): number[] {
  return fences.flatMap((at, shard) => (at === fence ? [shard] : []));
}

async function untilFails(work: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await work();
    } catch (fault) {
      return fault;
    }
  }
}

/** Cuts the last tenth off the log's newest part, in the middle of a write. */
async function cutLog(folder: string): Promise<void> {
  const [log = ""] = (await readdir(folder)).filter((name) => name.endsWith(".incr.aof"));
  const path = join(folder, log);
  const { size } = await stat(path);
  await truncate(path, Math.floor(size * 0.93));
}
