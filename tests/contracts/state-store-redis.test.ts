/** The Redis state store keeps the contract of the port, on one server and on a cluster, and equals the one in memory. */
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SHARDS } from "../../schema/model/entity-key.ts";
import {
  openRedisStateStore,
  type RedisStateOptions,
  type RedisStateStore,
} from "../../stores/distributed/redis/state-store.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import { combineValues } from "../../stores/ports/state-algebra.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import { startTestRedis, type TestRedis } from "../support/start-redis.ts";
import { stateValues } from "../stores/ports/state-values.ts";
import { batchOf, scanAll, stateStoreContract, topic, valuesOf } from "./state-store.contract.ts";

const single = await startTestRedis();
const cluster = await startTestRedis({ cluster: 3 });

afterAll(async () => {
  await single?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

type Limits = Pick<RedisStateOptions, "maxCallBytes" | "maxInlineBytes">;

async function openBegun(redis: TestRedis, limits: Limits = {}): Promise<RedisStateStore> {
  const store = await openRedisStateStore({ ...redis.options(), ...limits });
  await store.initialise();
  return store;
}

/** Every batch goes in parts, and every long value is kept in two. */
const small = { maxCallBytes: 16, maxInlineBytes: 8 };

const servers = [
  ["Redis", single],
  ["Redis cluster", cluster],
] as const;

for (const [name, redis] of servers) {
  if (redis === null) describe.skip(`${name} StateStore`, () => it("needs Redis", () => {}));
  else bind(name, redis);
}

function bind(name: string, redis: TestRedis): void {
  stateStoreContract({ name: `${name} StateStore`, open: () => openBegun(redis) });
  stateStoreContract({ name: `${name} StateStore, all in parts`, open: () => openBegun(redis, small) });
  againstMemory(name, redis);
}

function againstMemory(name: string, redis: TestRedis): void {
  const keys = ["a", "b", "é", "\u{1f600}", "member:1"];
  const member = fc.record({ key: fc.constantFrom(...keys), values: fc.subarray([0, 1, 2, 3, 4], { minLength: 0 }) });
  const step = fc.record({
    members: fc.uniqueArray(fc.tuple(member, fc.tuple(...stateValues)), { selector: ([{ key }]) => key, maxLength: 4 }),
    behind: fc.integer({ min: 0, max: 2 }),
    length: fc.integer({ min: 1, max: 5 }),
    shards: fc.option(fc.subarray(Array.from({ length: SHARDS }, (_, at) => at)), { nil: undefined }),
    withSegment: fc.boolean(),
    needed: fc.integer({ min: 0, max: 9 }),
  });

  describe(`${name} StateStore: against the one in memory`, () => {
    it("answers the same after any batches, applied, refused and in part", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, inParts) => {
          await using stored = await openBegun(redis, inParts ? small : {});
          await using memory = createMemoryStateStore();
          let end = 0;
          for (const { members, behind, length, shards, withSegment, needed } of steps) {
            const from = Math.max(0, end - behind);
            const to = Math.max(end, from + length);
            end = to;
            const mutations = members.map(([{ key, values }, made]) => [
              key,
              values.map((at): Mutation => ({ field: `f${at}`, ...made[at as 0 | 1 | 2 | 3 | 4] })),
            ]);
            const segment = withSegment
              ? { from, to, bytes: Buffer.from(`${from} ${to}`), keepAbove: to - needed }
              : null;
            const spec = { from, to, members: Object.fromEntries(mutations), segment };
            const batch = batchOf(shards === undefined ? spec : { ...spec, shards });
            expect(await stored.apply(batch)).toEqual(await memory.apply(batch));
          }
          expect(await contentOf(stored, keys)).toEqual(await contentOf(memory, keys));
        }),
        { numRuns: 25 },
      );
    });

    it("combines in its records as the algebra does", async () => {
      await using store = await openBegun(redis);
      const memory = createMemoryStateStore();
      let at = 0;
      const pair = fc.oneof(...stateValues.map((of) => fc.tuple(of, of)));
      await fc.assert(
        fc.asyncProperty(pair, async ([one, two]) => {
          const key = `k${at}`;
          for (const value of [one, two]) {
            await store.apply(
              batchOf({ from: at, to: at + 1, members: { [key]: [{ field: "f" + value.operation, ...value }] } }),
            );
            at++;
          }
          const both = [{ field: "f" + one.operation, ...combineValues(one, two) }];
          await memory.apply(batchOf({ from: at - 2, to: at, members: { [key]: both } }));
          expect(await valuesOf(store, key)).toEqual(await valuesOf(memory, key));
        }),
        { numRuns: 300 },
      );
    });
  });
}

async function contentOf(store: StateStore, keys: readonly string[]): Promise<unknown> {
  const segments: string[] = [];
  for await (const { from, to, bytes } of store.segments(1, topic, 0, -Infinity)) {
    segments.push(`${from} ${to} ${Buffer.from(bytes).toString()}`);
  }
  const { entities, includes } = await store.read({ generation: 1, entity: "Person", keys, fields: ["f1"] });
  const none = await store.read({ generation: 1, entity: "Person", keys: [], fields: null });
  const fields = entities.map((values) => values && [...values.keys()]);
  return { scan: await scanAll(store), fields, fences: await store.fences(1, topic, 0), includes, none, segments };
}
