/** Which reads of series share a query, and what happens to them when it fails or does not come. */
import { describe, expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSeriesReader } from "../../../stores/clickhouse/join-series-reads.ts";
import { prepareTable } from "../../../stores/clickhouse/prepared-table.ts";
import type { Cell, SeriesConnection } from "../../../stores/clickhouse/series-connection.ts";
import type { SeriesRead } from "../../../stores/ports/series-store.ts";
import { layouts } from "../../contracts/series-fixtures.ts";
import { DAY, HOUR, MINUTE, now, read } from "../../contracts/series-rows.ts";

type Rows = readonly (readonly Cell[])[];

interface Query {
  readonly keys: readonly string[];
  readonly from: unknown;
  answer(): void;
  fail(error: Error): void;
}

const layout = layouts.find(({ name }) => name === "series_ItemActivity");
if (layout === undefined) throw new Error("no such fixture");
const table = prepareTable("g1_series_ItemActivity", layout);

/** A reader over an engine that answers when told to: of each key one bucket, with the number of the query as views. */
function openReader({ parallelQueries = 1, timeoutMs = 10_000 } = {}) {
  const queries: Query[] = [];
  const connection: SeriesConnection = {
    parallelQueries,
    insert: () => Promise.reject(new Error("no insert here")),
    command: () => Promise.reject(new Error("no command here")),
    query: (_, { keys, from }) => {
      const number = queries.length + 1;
      return new Promise<Rows>((resolve, reject) => {
        const asked = keys as readonly string[];
        const rows = asked.map((key) => [key, String(now), number, 0, null, null, [], null]);
        queries.push({ keys: asked, from, answer: () => resolve(rows), fail: reject });
      });
    },
    async [Symbol.asyncDispose]() {},
  };
  const readSeries = createSeriesReader({ connection, limits: { timeoutMs, maxBytes: 1 } });
  return { queries, ask: (asked: SeriesRead) => readSeries(table, asked) };
}

const keyed = (...keys: string[]): SeriesRead => read([keys], now, now + HOUR);
const point = (views: number) => ({ bucket: now, dimensions: [], measures: [views, 0, null, null, 0, null] });

describe("reads of series", () => {
  test("asked for in one turn are one query, equal ones and others", async () => {
    const { queries, ask } = openReader();
    const answers = [ask(keyed("a")), ask(keyed("b")), ask(keyed("a")), ask(keyed("b", "c"))];
    await nextTurn();
    expect(queries.map(({ keys }) => keys)).toEqual([["a", "b", "c"]]);
    queries[0]?.answer();
    expect(await Promise.all(answers)).toEqual([[[point(1)]], [[point(1)]], [[point(1)]], [[point(2)]]]);
  });

  test("that wait for a query to end go together, and never with one that began before they were asked for", async () => {
    const { queries, ask } = openReader();
    const first = ask(keyed("a"));
    await nextTurn();
    const later = ["a", "b", "c"].map((key) => ask(keyed(key)));
    await nextTurn();
    expect(queries).toHaveLength(1);
    queries[0]?.answer();
    expect(await first).toEqual([[point(1)]]);
    await nextTurn();
    expect(queries.map(({ keys }) => keys)).toEqual([["a"], ["a", "b", "c"]]);
    queries[1]?.answer();
    expect(await Promise.all(later)).toEqual([[[point(2)]], [[point(2)]], [[point(2)]]]);
  });

  test("of different ranges, sizes or limits are queries of their own, as many at a time as the engine takes", async () => {
    const { queries, ask } = openReader({ parallelQueries: 2 });
    const asked = [keyed("a"), { ...keyed("a"), to: now + DAY }, { ...keyed("a"), everyMs: HOUR }, { ...keyed("a"), limit: 5 }]; // prettier-ignore
    const answers = asked.map(ask);
    for (let ended = 0; ended < asked.length; ended++) {
      await nextTurn();
      expect(queries).toHaveLength(Math.min(asked.length, ended + 2));
      queries[ended]?.answer();
      await answers[ended];
    }
    expect((await Promise.all(answers)).map(([points]) => points?.[0]?.measures[0])).toEqual([1, 2, 3, 4]);
  });

  test("share a failure, and the next are asked anew", async () => {
    const { queries, ask } = openReader();
    const outcomes = Promise.allSettled([ask(keyed("a")), ask(keyed("b"))]);
    await nextTurn();
    queries[0]?.fail(new Error("refused"));
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: new Error("refused") });
    const next = ask(keyed("a"));
    await nextTurn();
    queries[1]?.answer();
    expect(await next).toEqual([[point(2)]]);
  });

  test("that never get their turn fail", async () => {
    const { queries, ask } = openReader({ timeoutMs: 30 });
    const first = ask(keyed("a"));
    await nextTurn();
    await expect(ask(keyed("b"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    queries[0]?.answer();
    expect(await first).toEqual([[point(1)]]);
    expect(queries).toHaveLength(1);
  });

  test("of more keys than a parameter holds are several queries", async () => {
    const { queries, ask } = openReader({ parallelQueries: 100 });
    const keys = Array.from({ length: 10_000 }, (_, i) => `'item' ${i} \\ 汉字`);
    const answer = ask(read([keys, ...keys.map((key) => [key])], now, now + 1));
    await nextTurn();
    expect(queries.flatMap((query) => query.keys)).toEqual(keys);
    // As a server counts them: escaped, quoted, with commas; it takes 128 KiB.
    const bytes = queries.map((query) => Buffer.byteLength(query.keys.map((key) => `'${key.replace(/[\\']/g, "\\$&")}'`).join())); // prettier-ignore
    expect(Math.max(...bytes)).toBeLessThan(128 * 1024);
    for (const query of queries) query.answer();
    const [all, ...each] = await answer;
    expect(each.map((points) => points.length)).toEqual(keys.map(() => 1));
    expect(all?.[0]?.measures[0]).toBe(queries.reduce((sum, query, i) => sum + (i + 1) * query.keys.length, 0));
  });

  test("of very many points each go apart", async () => {
    const { queries, ask } = openReader({ parallelQueries: 10 });
    const wide = { ...keyed("a"), from: now - 500_000 * MINUTE };
    const answers = ["a", "b", "c"].map((key) => ask({ ...wide, keys: [[key]] }));
    await nextTurn();
    expect(queries.map(({ keys }) => keys)).toEqual([["a"], ["b"], ["c"]]);
    for (const query of queries) query.answer();
    await Promise.all(answers);
    const limited = ["a", "b", "c"].map((key) => ask({ ...wide, keys: [[key]], limit: 100 }));
    await nextTurn();
    expect(queries.at(-1)?.keys).toEqual(["a", "b", "c"]);
    queries.at(-1)?.answer();
    await Promise.all(limited);
  });

  test("of nothing ask nothing", async () => {
    const { queries, ask } = openReader();
    expect(await ask(read([], now, now + 1))).toEqual([]);
    expect(await ask(read([["a"]], now, now))).toEqual([[]]);
    expect(await ask({ ...keyed("a"), limit: 0 })).toEqual([[]]);
    await expect(ask({ ...keyed("a"), dimension: "nothing" })).rejects.toMatchObject({ code: "INTERNAL" });
    await nextTurn();
    expect(queries).toEqual([]);
  });
});
