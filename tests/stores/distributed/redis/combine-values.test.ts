/** The law of the state store's values, held by the scripts inside Redis: large sketches, long bytes, many entries. */
import { afterAll, describe, it, expect } from "@jest/globals";
import fc from "fast-check";
import { Redis } from "ioredis";
import { shardOf } from "../../../../schema/model/entity-key.ts";
import { openRedisStateStore } from "../../../../stores/distributed/redis/state-store.ts";
import { emptySketch, mergeSketches, sketchOf } from "../../../../stores/ports/sketch.ts";
import { combineValues } from "../../../../stores/ports/state-algebra.ts";
import type { StateValue } from "../../../../stores/ports/state-value.ts";
import { batchOf } from "../../../contracts/state-store.contract.ts";
import { show } from "../../../ingest/fixtures/dump.ts";
import { createRandom } from "../../../support/random.ts";
import { startTestRedis } from "../../../support/start-redis.ts";

const redis = await startTestRedis();
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
});
const suite = redis === null ? describe.skip : describe;

async function keysLike(address: string, pattern: string): Promise<readonly string[]> {
  const client = new Redis(`redis://${address}`);
  try {
    return await client.keys(pattern);
  } finally {
    client.disconnect();
  }
}

/** Around where sparse becomes dense, too. */
const sketch: fc.Arbitrary<StateValue> = fc
  .tuple(fc.constantFrom(0, 1, 3, 40, 180, 299, 300, 301, 330, 3_000), fc.nat())
  .map(([count, seed]) => {
    const random = createRandom(seed);
    let merged = emptySketch;
    for (let i = 0; i < count; i++)
      merged = mergeSketches(merged, sketchOf(random.below(2 ** 32), random.below(2 ** 32)));
    return { operation: "registers", sketch: merged };
  });

/** Bytes that agree in the beginning, with zeros and all ones among them. */
const longBytes = fc
  .tuple(fc.constantFrom(0, 3, 7, 8, 9, 16, 40), fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { maxLength: 20 }))
  .map(([shared, rest]) => Uint8Array.from([...Array.from({ length: shared }, () => 0x31), ...rest]));

const greatest: fc.Arbitrary<StateValue> = longBytes.map((bytes) => ({ operation: "greatest", bytes }));

const recent: fc.Arbitrary<StateValue> = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.array(longBytes, { maxLength: 14 }))
  .map(([keep, all]) => {
    const sorted = all.sort((a, b) => Buffer.compare(b, a));
    const distinct = sorted.filter((entry, at) => at === 0 || Buffer.compare(entry, sorted[at - 1] ?? entry) !== 0);
    return { operation: "recent", keep, entries: distinct.slice(0, keep) };
  });

const window: fc.Arbitrary<StateValue> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.uniqueArray(fc.integer({ min: -6, max: 20 }), { maxLength: 9 }))
  .map(([keep, at]) => {
    const newest = at.sort((a, b) => b - a).slice(0, keep);
    return { operation: "window", keep, buckets: new Map(newest.map((bucket) => [bucket * 60_000, bucket * 3 - 7])) };
  });

/** In one part, and in two. */
suite.each([[2 ** 20], [64]])("values combined inside Redis, in records up to %s bytes", (maxInlineBytes) => {
  it.each([
    ["sketches", sketch, 120],
    ["greatest", greatest, 300],
    ["recent entries", recent, 300],
    ["windows", window, 300],
  ] as const)("equal those of the algebra: %s", async (name, of, numRuns) => {
    if (redis === null) return;
    const options = redis.options();
    await using store = await openRedisStateStore({ ...options, maxInlineBytes });
    await store.initialise();
    let keys = 0;
    const fences = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(of, { minLength: 2, maxLength: 4 }), async (values) => {
        const key = `k${keys++}`;
        const shard = shardOf("Person", key);
        for (const value of values) {
          const from = fences.get(shard) ?? 0;
          const members = { [key]: [{ field: "f", ...value }] };
          expect(await store.apply(batchOf({ from, to: from + 1, members, shards: [shard] }))).toEqual({ moved: [] });
          fences.set(shard, from + 1);
        }
        const { entities } = await store.read({ generation: 1, entity: "Person", keys: [key], fields: ["f"] });
        const stored = entities[0]?.get("f");
        const [first, ...others] = values;
        const expected = others.reduce((all, value) => combineValues(all, value), first as StateValue);
        expect(stored === undefined ? "nothing" : show(stored)).toBe(show(expected));
      }),
      { numRuns },
    );
    const [address = ""] = redis.service.addresses;
    const bodies = await keysLike(address, `{${options.namespace ?? ""}:*}:1:bodies:*`);
    expect(bodies.length > 0).toBe(maxInlineBytes === 64 && name !== "greatest");
  });
});
