/** The embedded state store keeps the contract of the port, equals the one in memory, and outlives its process. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { open } from "lmdb";
import { SHARDS } from "../../schema/model/entity-key.ts";
import { sealText } from "../../stores/embedded/sealed-bytes.ts";
import { openEmbeddedStateStore } from "../../stores/embedded/state-store.ts";
import { createMemoryStateStore } from "../../stores/memory/state-store.ts";
import { combineValues } from "../../stores/ports/state-algebra.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { stateValues } from "../stores/ports/state-values.ts";
import { add, batchOf, scanAll, stateStoreContract, topic, valuesOf } from "./state-store.contract.ts";

stateStoreContract({ name: "embedded StateStore", open: openEmbeddedStateStore });

describe("embedded StateStore: durability", () => {
  it("has values, fences, segments and generations again after reopening", async () => {
    await using folder = await openTemporaryFolder();
    const segment = { from: 0, to: 10, bytes: Buffer.from("ids"), keepAbove: -5 };
    const record = { version: 1, serving: 1, fingerprints: { 1: "a" } };
    {
      await using store = await openEmbeddedStateStore(folder.path);
      await store.serve(record, 0);
      await store.apply(batchOf({ from: 0, to: 10, members: { é: [add("n", 2n ** 60n)] }, segment }));
    }
    await using store = await openEmbeddedStateStore(folder.path);
    expect(await valuesOf(store, "é")).toEqual({ n: `add ${2n ** 60n}` });
    expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([10]));
    expect(await store.generations()).toEqual(record);
    for await (const found of store.segments(1, topic, 0, 0)) expect(Buffer.from(found.bytes).toString()).toBe("ids");
    await store.apply(batchOf({ from: 10, to: 11, members: { é: [add("n", 1)] } }));
    expect(await valuesOf(store, "é")).toEqual({ n: `add ${2n ** 60n + 1n}` });
  });

  it("refuses a folder that holds another format", async () => {
    await using folder = await openTemporaryFolder();
    const raw = open({ path: folder.path, maxDbs: 8 });
    await raw.openDB({ name: "meta", encoding: "string" }).put("format", sealText("format", "state store, version 0"));
    await raw.close();
    await expect(openEmbeddedStateStore(folder.path)).rejects.toMatchObject({ code: "STORE_FORMAT" });
  });
});

describe("embedded StateStore: opened twice", () => {
  it("shows each batch to who opened it, too, with names it had not known", async () => {
    await using folder = await openTemporaryFolder();
    await using writer = await openEmbeddedStateStore(folder.path);
    await using reader = await openEmbeddedStateStore(folder.path);
    for (let at = 0; at < 50; at++) {
      await writer.apply(
        batchOf({ from: at, to: at + 1, members: { a: [add(`field${at}`, at)] }, entity: `E${at % 5}` }),
      );
      expect(await valuesOf(reader, "a", { entity: `E${at % 5}` })).toHaveProperty(`field${at}`, `add ${at}`);
      expect(new Set(await reader.fences(1, topic, 0))).toEqual(new Set([at + 1]));
    }
  });

  it("reads a record whole whose field names it must look up first", async () => {
    await using folder = await openTemporaryFolder();
    await using writer = await openEmbeddedStateStore(folder.path);
    await using reader = await openEmbeddedStateStore(folder.path);
    await writer.apply(batchOf({ from: 0, to: 1, members: { b: [add("known", 1)] } }));
    expect(await valuesOf(reader, "b")).toEqual({ known: "add 1" });
    const members = { a: Array.from({ length: 60 }, (_, i) => add(`a field with a long name, number ${i}`, i)) };
    await writer.apply(batchOf({ from: 1, to: 2, members }));
    const expected = Object.fromEntries(members.a.map(({ field }, i) => [field, `add ${i}`]));
    expect(await valuesOf(reader, "a")).toEqual(expected);
  });

  it("keeps a scan in its snapshot while the other writes", async () => {
    await using folder = await openTemporaryFolder();
    await using writer = await openEmbeddedStateStore(folder.path);
    await using reader = await openEmbeddedStateStore(folder.path);
    const members = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`m${at}`, [add("n", 1)]]));
    await writer.apply(batchOf({ from: 0, to: 1, members }));
    let seen = 0;
    for await (const { values } of reader.scan(1, "Person")) {
      if (seen++ === 5) await writer.apply(batchOf({ from: 1, to: 2, members }));
      await reader.fences(1, topic, 0);
      expect(values.get("n")).toEqual({ operation: "add", amount: 1 });
    }
    expect(seen).toBe(100);
  });
});

describe("embedded StateStore: torn data", () => {
  /** Flips one byte in the middle of every value of one of the store's databases. */
  const tear = async (path: string, name: string, encoding: "binary" | "string" = "binary"): Promise<void> => {
    const raw = open<Buffer, Buffer>({ path, maxDbs: 8, encoding: "binary", keyEncoding: "binary" });
    const keyEncoding = encoding === "binary" ? "binary" : "ordered-binary";
    const database = raw.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding });
    for (const { key, value } of database.getRange({})) {
      const torn = Buffer.from(value);
      const at = Math.floor(torn.length / 2);
      torn[at] = (torn[at] ?? 0) ^ 1;
      await database.put(key, torn);
    }
    await raw.close();
  };
  const filled = async (path: string): Promise<void> => {
    await using store = await openEmbeddedStateStore(path);
    await store.serve({ version: 1, serving: 1, fingerprints: { 1: "a" } }, 0);
    const segment = { from: 0, to: 10, bytes: Buffer.from("the ids"), keepAbove: -5 };
    await store.apply(batchOf({ from: 0, to: 10, members: { a: [add("n", 7)] }, segment }));
  };
  const unavailable = { code: "STORE_UNAVAILABLE" };

  it("answers no torn record, and never combines one into a whole one", async () => {
    await using folder = await openTemporaryFolder();
    await filled(folder.path);
    await tear(folder.path, "records");
    await using store = await openEmbeddedStateStore(folder.path);
    await expect(valuesOf(store, "a")).rejects.toMatchObject(unavailable);
    await expect(scanAll(store)).rejects.toMatchObject(unavailable);
    const next = batchOf({ from: 10, to: 20, members: { a: [add("n", 1)], b: [add("n", 1)] } });
    await expect(store.apply(next)).rejects.toMatchObject(unavailable);
    await expect(valuesOf(store, "a")).rejects.toMatchObject(unavailable);
    expect(await valuesOf(store, "b")).toBeNull();
    expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([10]));
  });

  it("believes no torn fence", async () => {
    await using folder = await openTemporaryFolder();
    await filled(folder.path);
    await tear(folder.path, "fences");
    await using store = await openEmbeddedStateStore(folder.path);
    await expect(store.fences(1, topic, 0)).rejects.toMatchObject(unavailable);
    await expect(valuesOf(store, "a")).rejects.toMatchObject(unavailable);
    await expect(store.apply(batchOf({ from: 10, to: 20, members: {} }))).rejects.toMatchObject(unavailable);
  });

  it("loads no torn dedupe segment", async () => {
    await using folder = await openTemporaryFolder();
    await filled(folder.path);
    await tear(folder.path, "segments");
    await using store = await openEmbeddedStateStore(folder.path);
    const read = async (): Promise<void> => {
      for await (const _ of store.segments(1, topic, 0, 0)) continue;
    };
    await expect(read()).rejects.toMatchObject(unavailable);
  });

  it.each(["names", "meta"])("does not open with torn %s", async (name) => {
    await using folder = await openTemporaryFolder();
    await filled(folder.path);
    await tear(folder.path, name, "string");
    await expect(openEmbeddedStateStore(folder.path)).rejects.toMatchObject(unavailable);
  });
});

describe("embedded StateStore: a batch that fails", () => {
  it("changes nothing, and gives its names to the next batch anew", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openEmbeddedStateStore(folder.path);
    await store.apply(batchOf({ from: 0, to: 1, members: { a: [add("n", 1)] } }));
    const wrong: Mutation = { field: "n", operation: "greatest", bytes: Buffer.of(1) };
    const failing = batchOf({ from: 1, to: 2, members: { a: [add("new", 1), wrong], b: [add("other", 1)] } });
    await expect(store.apply(failing)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await scanAll(store)).toEqual([["a", { n: "add 1" }]]);
    expect(new Set(await store.fences(1, topic, 0))).toEqual(new Set([1]));
    await store.apply(batchOf({ from: 1, to: 2, members: { b: [add("other", 2)] } }));
    await store.apply(batchOf({ from: 2, to: 3, members: { a: [add("new", 3)] } }));
    const expected = [
      ["a", { n: "add 1", new: "add 3" }],
      ["b", { other: "add 2" }],
    ];
    expect(await scanAll(store)).toEqual(expected);
    await using other = await openEmbeddedStateStore(folder.path);
    expect(await scanAll(other)).toEqual(expected);
  });
});

describe("embedded StateStore: against the one in memory", () => {
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

  it("answers the same after any batches, applied, refused and in part", async () => {
    await using folder = await openTemporaryFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        await using embedded = await openEmbeddedStateStore(`${folder.path}/${run++}`);
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
          expect(await embedded.apply(batch)).toEqual(await memory.apply(batch));
          expect(await contentOf(embedded, keys)).toEqual(await contentOf(memory, keys));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("combines in its records as the algebra does", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openEmbeddedStateStore(folder.path);
    let at = 0;
    const pair = fc.oneof(...stateValues.map((of) => fc.tuple(of, of)));
    await fc.assert(
      fc.asyncProperty(pair, async ([one, two]) => {
        const key = `k${at}`;
        for (const value of [one, two]) {
          await store.apply(batchOf({ from: at, to: at + 1, members: { [key]: [{ field: "f", ...value }] } }));
          at++;
        }
        const memory = createMemoryStateStore();
        const both = [{ field: "f", ...combineValues(one, two) }];
        await memory.apply(batchOf({ from: 0, to: 1, members: { [key]: both } }));
        expect(await valuesOf(store, key)).toEqual(await valuesOf(memory, key));
      }),
      { numRuns: 200 },
    );
  });
});

async function contentOf(store: StateStore, keys: readonly string[]): Promise<unknown> {
  const segments: string[] = [];
  for await (const { from, to, bytes } of store.segments(1, topic, 0, -Infinity)) {
    segments.push(`${from} ${to} ${Buffer.from(bytes).toString()}`);
  }
  const { includes } = await store.read({ generation: 1, entity: "Person", keys, fields: ["f1"] });
  return { scan: await scanAll(store), fences: await store.fences(1, topic, 0), includes, segments };
}
