/** What every StateStore keeps, as claims; each adapter is bound to them in a `state-store-<adapter>.test.ts`. */
import { describe, expect, it } from "@jest/globals";
import { SHARDS, shardOf } from "../../schema/model/entity-key.ts";
import { sketchOf } from "../../stores/ports/sketch.ts";
import type { IndexSegment, ShardBatch, StateBatch, StateStore } from "../../stores/ports/state-store.ts";
import type { Mutation, StateValue } from "../../stores/ports/state-value.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { show } from "../ingest/fixtures/dump.ts";

export interface StateStoreAdapter {
  readonly name: string;
  /** Opens a store that keeps what it has, if it keeps anything, in this folder. */
  readonly open: (folder: string) => Promise<StateStore>;
}

export const topic = "events.visits";
export const fenceName = `${topic}/0`;

export interface BatchSpec {
  readonly from: number;
  readonly to: number;
  /** Entity key to mutations; each goes to its shard. */
  readonly members: Readonly<Record<string, readonly Mutation[]>>;
  /** @default all */
  readonly shards?: readonly number[];
  readonly entity?: string;
  readonly generation?: number;
  readonly segment?: StateBatch["segment"];
}

/** A batch over all shards, as a worker writes it. */
export function batchOf(spec: BatchSpec): StateBatch {
  const { from, to, members, entity = "Person", generation = 1, segment = null } = spec;
  const all = Array.from({ length: SHARDS }, (_, shard): ShardBatch => ({
    shard,
    from,
    entities: Object.entries(members)
      .filter(([key]) => shardOf(entity, key) === shard)
      .map(([key, mutations]) => ({ entity, key, mutations })),
  }));
  const shards = all.filter(({ shard }) => spec.shards?.includes(shard) ?? true);
  return { generation, topic, partition: 0, to, shards, segment };
}

export function add(field: string, amount: number | bigint): Mutation {
  return { field, operation: "add", amount };
}

/** What a member holds, as text by field; null where it was never written. */
export async function valuesOf(
  store: StateStore,
  key: string,
  of: { readonly entity?: string; readonly generation?: number } = {},
): Promise<Record<string, string> | null> {
  const { entity = "Person", generation = 1 } = of;
  const { entities } = await store.read({ generation, entity, keys: [key], fields: null });
  const [values] = entities;
  return values === null || values === undefined ? null : textsOf(values);
}

function textsOf(values: ReadonlyMap<string, StateValue>): Record<string, string> {
  return Object.fromEntries([...values].map(([field, value]) => [field, show(value)]));
}

export async function scanAll(store: StateStore, generation = 1, entity = "Person"): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { key, values } of store.scan(generation, entity)) found.push([key, textsOf(values)]);
  return found;
}

async function segmentsOf(store: StateStore, above = -Infinity): Promise<string[]> {
  const found: IndexSegment[] = [];
  for await (const segment of store.segments(1, topic, 0, above)) found.push(segment);
  return found.map(({ from, to, bytes }) => `${from}-${to} ${Buffer.from(bytes).toString()}`);
}

function segment(from: number, to: number, keepAbove = -Infinity): NonNullable<StateBatch["segment"]> {
  return { from, to, bytes: Buffer.from(`ids of ${from} to ${to}`), keepAbove };
}

const bytes = (...from: readonly number[]): Uint8Array => Uint8Array.from(from);

export function stateStoreContract({ name, open }: StateStoreAdapter): void {
  const withStore = async (test: (store: StateStore) => Promise<void>): Promise<void> => {
    await using folder = await openTemporaryFolder();
    await using store = await open(folder.path);
    await test(store);
  };

  describe(`${name}: batches and fences`, () => {
    it("applies a batch twice with the effect of once", () =>
      withStore(async (store) => {
        const batch = batchOf({ from: 0, to: 10, members: { "member:1": [add("n", 3)], "member:2": [add("n", 5)] } });
        expect((await store.apply(batch)).moved).toEqual([]);
        const refused = await store.apply(batch);
        expect(refused.moved).toEqual(Array.from({ length: SHARDS }, (_, shard) => ({ shard, fence: 10 })));
        expect(await valuesOf(store, "member:1")).toEqual({ n: "add 3" });
        expect(await valuesOf(store, "member:2")).toEqual({ n: "add 5" });
      }));

    it("refuses a batch with other boundaries over the same range", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 10, members: { "member:1": [add("n", 3)] } }));
        await store.apply(batchOf({ from: 0, to: 25, members: { "member:1": [add("n", 9)] } }));
        await store.apply(batchOf({ from: 5, to: 25, members: { "member:1": [add("n", 9)] } }));
        expect(await valuesOf(store, "member:1")).toEqual({ n: "add 3" });
        expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([10]));
      }));

    it("moves each shard by itself: some are refused, the others applied", () =>
      withStore(async (store) => {
        const keys = Array.from({ length: 200 }, (_, at) => `member:${at}`);
        const members = Object.fromEntries(keys.map((key) => [key, [add("n", 1)]]));
        const even = Array.from({ length: SHARDS / 2 }, (_, at) => at * 2);
        await store.apply(batchOf({ from: 0, to: 10, members, shards: even }));
        const { moved } = await store.apply(batchOf({ from: 0, to: 20, members }));
        expect(moved).toEqual(even.map((shard) => ({ shard, fence: 10 })));
        for (const key of keys) expect(await valuesOf(store, key)).toEqual({ n: "add 1" });
        const fences = await store.fences(1, topic, 0);
        expect(fences).toEqual(Array.from({ length: SHARDS }, (_, shard) => (shard % 2 === 0 ? 10 : 20)));
      }));

    it("leaves alone the shards that a batch does not name", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 10, members: {}, shards: [3] }));
        const fences = await store.fences(1, topic, 0);
        expect(fences.filter((fence) => fence !== 0)).toEqual([10]);
        expect(fences[3]).toBe(10);
      }));

    it("keeps fences apart by generation, topic and partition, and they are 0 where nothing was applied", () =>
      withStore(async (store) => {
        await store.apply({ ...batchOf({ from: 0, to: 10, members: {} }), partition: 1 });
        const none = Array.from({ length: SHARDS }, () => 0);
        expect(await store.fences(1, topic, 0)).toEqual(none);
        expect(await store.fences(1, `${topic}2`, 1)).toEqual(none);
        expect(await store.fences(2, topic, 1)).toEqual(none);
        expect(await store.fences(1, topic, 1)).toEqual(none.map(() => 10));
      }));

    it("reads values with the least fence of their shards, for every partition that wrote", () =>
      withStore(async (store) => {
        const [one, two] = ["member:1", "member:2"];
        const [shardOne, shardTwo] = [shardOf("Person", one), shardOf("Person", two)];
        expect(shardOne).not.toBe(shardTwo);
        await store.apply(batchOf({ from: 0, to: 10, members: { [one]: [add("n", 1)], [two]: [add("n", 1)] } }));
        await store.apply(batchOf({ from: 10, to: 20, members: { [one]: [add("n", 1)] }, shards: [shardOne] }));
        await store.apply({ ...batchOf({ from: 0, to: 7, members: {} }), partition: 1 });
        const read = async (...keys: readonly string[]) =>
          (await store.read({ generation: 1, entity: "Person", keys, fields: null })).includes;
        expect(await read(one)).toEqual({ [fenceName]: 20, [`${topic}/1`]: 7 });
        expect(await read(two)).toEqual({ [fenceName]: 10, [`${topic}/1`]: 7 });
        expect(await read(one, two)).toEqual({ [fenceName]: 10, [`${topic}/1`]: 7 });
      }));
  });

  describe(`${name}: values`, () => {
    it("lets an entity exist that has no values, and knows none that was never written", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 1, members: { "member:1": [] } }));
        expect(await valuesOf(store, "member:1")).toEqual({});
        expect(await valuesOf(store, "member:2")).toBeNull();
        expect(await valuesOf(store, "member:1", { entity: "Thing" })).toBeNull();
        expect(await valuesOf(store, "member:1", { generation: 2 })).toBeNull();
      }));

    it("reads many keys in order, and only the fields asked for", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 1, members: { a: [add("x", 1), add("y", 2)], b: [add("y", 3)] } }));
        const { entities } = await store.read({
          generation: 1,
          entity: "Person",
          keys: ["b", "none", "a", "b"],
          fields: ["y", "never"],
        });
        expect(entities.map((values) => values && textsOf(values))).toEqual([
          { y: "add 3" },
          null,
          { y: "add 2" },
          { y: "add 3" },
        ]);
      }));

    it.each([
      [[2 ** 53 - 1, 1], 2n ** 53n],
      [[-(2 ** 53) + 1, -2], -(2n ** 53n) - 1n],
      [[2n ** 63n - 1n, 1], -(2n ** 63n)],
      [[-(2n ** 63n), -1], 2n ** 63n - 1n],
      [[2n ** 60n, -(2n ** 60n), 7], 7],
      [[-1, -1], -2],
      [[-5_000_000_000, 3], -4_999_999_997],
    ] as const)("adds %s as int64", (amounts, sum) =>
      withStore(async (store) => {
        for (const [at, amount] of amounts.entries()) {
          await store.apply(batchOf({ from: at, to: at + 1, members: { a: [add("n", amount)] } }));
        }
        expect(await valuesOf(store, "a")).toEqual({ n: `add ${sum}` });
      }),
    );

    it("keeps the bytewise greatest, of which a longer one beats its prefix", () =>
      withStore(async (store) => {
        const candidates = [bytes(), bytes(1, 2), bytes(1, 2, 0), bytes(1, 1, 255), bytes(0, 255), bytes(1, 2)];
        for (const [at, value] of candidates.entries()) {
          const mutation: Mutation = { field: "g", operation: "greatest", bytes: value };
          await store.apply(batchOf({ from: at, to: at + 1, members: { a: [mutation] } }));
        }
        expect(await valuesOf(store, "a")).toEqual({ g: "greatest 010200" });
      }));

    it("keeps the newest distinct entries, descending", () =>
      withStore(async (store) => {
        const batches = [[bytes(5), bytes(2)], [bytes(9)], [bytes(5), bytes(4), bytes(1)]];
        for (const [at, entries] of batches.entries()) {
          const mutation: Mutation = { field: "r", operation: "recent", keep: 3, entries };
          await store.apply(batchOf({ from: at, to: at + 1, members: { a: [mutation] } }));
        }
        expect(await valuesOf(store, "a")).toEqual({ r: "recent 3 09,05,04" });
      }));

    it("keeps the greatest register, and the sums of the newest buckets", () =>
      withStore(async (store) => {
        const window = (from: readonly (readonly [number, number | bigint])[]): Mutation => ({
          field: "w",
          operation: "window",
          keep: 2,
          buckets: new Map(from),
        });
        const registers = (hi: number): Mutation => ({ field: "d", operation: "registers", sketch: sketchOf(hi, 1) });
        await store.apply(batchOf({ from: 0, to: 1, members: { a: [window([[60, 2]]), registers(0)] } }));
        await store.apply(
          batchOf({
            from: 1,
            to: 2,
            members: {
              a: [
                window([
                  [0, 5],
                  [60, 1],
                ]),
                registers(1),
              ],
            },
          }),
        );
        await store.apply(batchOf({ from: 2, to: 3, members: { a: [window([[120, 2n ** 60n]]), registers(0)] } }));
        const values = await valuesOf(store, "a");
        expect(values?.["w"]).toBe(`window 2 60:3,120:${2n ** 60n}`);
        expect(values?.["d"]).toBe(show({ operation: "registers", sketch: sketchOf(0, 1) }));
      }));

    it("keeps windows of more than 65,535 buckets", () =>
      withStore(async (store) => {
        const mutation: Mutation = { field: "w", operation: "window", keep: 100_000, buckets: new Map([[60, 1]]) };
        await store.apply(batchOf({ from: 0, to: 1, members: { a: [mutation] } }));
        expect(await valuesOf(store, "a")).toEqual({ w: "window 100000 60:1" });
      }));

    it("keeps entities of one key apart, and scans each in the order of UTF-8 bytes", () =>
      withStore(async (store) => {
        const keys = ["b", "a", "é", "\u{1f600}", "\uffee", "aa", "a\u0000b", "", "日本", "Z", "x".repeat(1000)];
        const members = Object.fromEntries(keys.map((key, at) => [key, [add("n", at)]]));
        await store.apply(batchOf({ from: 0, to: 1, members }));
        await store.apply(batchOf({ from: 1, to: 2, members: { a: [add("n", 99)] }, entity: "Thing" }));
        const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await scanAll(store)).toEqual(sorted.map((key) => [key, { n: `add ${keys.indexOf(key)}` }]));
        expect(await scanAll(store, 1, "Thing")).toEqual([["a", { n: "add 99" }]]);
        expect(await scanAll(store, 1, "Nothing")).toEqual([]);
      }));
  });

  describe(`${name}: dedupe segments`, () => {
    it("keeps each range it was given, in order, and reads those that reach above an offset", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 10, members: {}, segment: segment(0, 10) }));
        await store.apply(batchOf({ from: 10, to: 20, members: {}, segment: segment(10, 20) }));
        expect(await segmentsOf(store)).toEqual(["0-10 ids of 0 to 10", "10-20 ids of 10 to 20"]);
        expect(await segmentsOf(store, 10)).toEqual(["10-20 ids of 10 to 20"]);
        expect(await segmentsOf(store, 20)).toEqual([]);
      }));

    it("keeps the segment of a batch whose shards are all refused, and no segment takes another's place but of its own range", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 10, members: {}, segment: segment(0, 10) }));
        await store.apply(batchOf({ from: 0, to: 5, members: {}, segment: segment(0, 5) }));
        await store.apply(batchOf({ from: 0, to: 15, members: {}, segment: segment(0, 15) }));
        await store.apply(batchOf({ from: 0, to: 5, members: {}, segment: segment(0, 5) }));
        expect(await segmentsOf(store)).toEqual(["0-5 ids of 0 to 5", "0-10 ids of 0 to 10", "0-15 ids of 0 to 15"]);
      }));

    it("drops segments that end at or below what is still needed", () =>
      withStore(async (store) => {
        await store.apply(batchOf({ from: 0, to: 10, members: {}, segment: segment(0, 10) }));
        await store.apply(batchOf({ from: 10, to: 20, members: {}, segment: segment(10, 20) }));
        await store.apply(batchOf({ from: 0, to: 30, members: {}, segment: segment(0, 30) }));
        await store.apply(batchOf({ from: 20, to: 30, members: {}, segment: segment(20, 30, 20) }));
        expect(await segmentsOf(store)).toEqual(["0-30 ids of 0 to 30", "20-30 ids of 20 to 30"]);
      }));
  });

  describe(`${name}: generations`, () => {
    it("replaces the record only at the version that was read", () =>
      withStore(async (store) => {
        expect(await store.generations()).toBeNull();
        const first = { version: 1, serving: 1, fingerprints: { 1: "a" } };
        expect(await store.serve(first, 5)).toBe(false);
        expect(await store.serve(first, 0)).toBe(true);
        expect(await store.serve({ ...first, version: 2 }, 0)).toBe(false);
        expect(await store.generations()).toEqual(first);
      }));

    it("drops the values, fences and segments of generations that are no longer named, and of no other", () =>
      withStore(async (store) => {
        await store.serve({ version: 1, serving: 1, fingerprints: { 1: "a", 2: "b" } }, 0);
        const members = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`member:${at}`, [add("n", 1)]]));
        for (const generation of [1, 2]) {
          await store.apply(batchOf({ from: 0, to: 9, members, generation, segment: segment(0, 9) }));
        }
        expect(await store.serve({ version: 2, serving: 2, fingerprints: { 2: "b" } }, 1)).toBe(true);
        expect(await scanAll(store, 1)).toEqual([]);
        expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([0]));
        expect(await segmentsOf(store)).toEqual([]);
        expect(await scanAll(store, 2)).toHaveLength(500);
        expect(new Set(await store.fences(2, topic, 0))).toEqual(new Set([9]));
      }));
  });
}
