/** What every series store promises, as claims. Each adapter binds the suite with one function that opens it empty. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { TableLayout } from "../../schema/layout/series-layout.ts";
import { intervalMs } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { BucketRow, HistoryRow, MeasureValue, SeriesRead, SeriesStore } from "../../stores/ports/series-store.ts";
import { emptySketch, mergeSketches, sketchOf } from "../../stores/ports/sketch.ts";
import { changedLayouts, layouts } from "./series-fixtures.ts";

export type OpenSeriesStore = (tables?: readonly TableLayout[]) => Promise<SeriesStore>;

const { MINUTE, HOUR, DAY } = intervalMs;
const now = Date.parse("2026-11-23T04:30:00Z");
const awkward = ["tab\tnewline\nreturn\rslash\\quote'\"nul\0", "\\N", "", "汉字 é 😀 \u2028", "NULL", "[1,'x']"];

/** A row of `series_ItemActivity` or `ranking_hotItems`. */
function row(item: string, bucket: number, values: Partial<BucketRow> & { readonly views?: number | bigint } = {}) {
  const { views = 1, ...rest } = values;
  const measures: readonly MeasureValue[] = [views, 0, null, null, emptySketch, null];
  return { dimensions: [item], bucket, partition: 0, epoch: 0, to: 1, measures, ...rest } satisfies BucketRow;
}

async function put(store: SeriesStore, table: string, rows: readonly BucketRow[]): Promise<void> {
  await store.write({ generation: 1, rows: [{ table, kind: "buckets", rows }], fences: {} });
}

function read(keys: readonly (readonly string[])[], from: number, to: number, everyMs: number = MINUTE): SeriesRead {
  return { generation: 1, table: "series_ItemActivity", dimension: "item", keys, from, to, everyMs };
}

async function views(store: SeriesStore, asked: SeriesRead): Promise<unknown[][]> {
  const answer = await store.readSeries(asked);
  return answer.map((points) => points.map(({ bucket, measures }) => [bucket, measures[0]]));
}

function historyRow(offset: number, form: Partial<HistoryRow> = {}): HistoryRow {
  return { partition: 0, offset, appendTime: now, id: `event-${offset}`, values: fieldValues({}), ...form };
}

function fieldValues(given: Readonly<Record<number, StandardValue>>): readonly StandardValue[] {
  const plain: StandardValue[] = [
    "e",
    "n",
    now,
    100,
    1,
    0.5,
    true,
    "red",
    null,
    null,
    null,
    null,
    [],
    null,
    [],
    null,
    [],
  ];
  return plain.map((value, i) => given[i] ?? value);
}

const sketch = (from: number, to: number): Uint8Array => {
  let all = emptySketch;
  for (let i = from; i < to; i++) {
    const hash = createHash("sha1").update(String(i)).digest();
    all = mergeSketches(all, sketchOf(hash.readUInt32BE(0), hash.readUInt32BE(4)));
  }
  return all;
};

export function seriesStoreContract(name: string, open: OpenSeriesStore): void {
  describe(`the series store (${name})`, () => {
    replacingRows(open);
    readingSeries(open);
    exactValues(open);
    readingRankings(open);
    fences(open);
    history(open);
    generations(open);
  });
}

function replacingRows(open: OpenSeriesStore): void {
  describe("rows", () => {
    test("written twice count once", async () => {
      await using store = await open();
      const rows = [row("item:1", now), row("item:1", now + MINUTE, { views: 5 })];
      await put(store, "series_ItemActivity", rows);
      await put(store, "series_ItemActivity", rows);
      expect(await views(store, read([["item:1"]], now, now + HOUR, HOUR))).toEqual([[[now - 30 * MINUTE, 6]]]);
    });

    test("of a later version win, and a zombie's never do, in whatever order they come", async () => {
      await using store = await open();
      await put(store, "series_ItemActivity", [row("item:1", now, { to: 20, views: 7 })]);
      await put(store, "series_ItemActivity", [row("item:1", now, { to: 10, views: 3 })]);
      await put(store, "series_ItemActivity", [row("item:1", now, { to: 30, views: 9 })]);
      await put(store, "series_ItemActivity", [row("item:1", now, { to: 29, views: 100 })]);
      expect(await views(store, read([["item:1"]], now, now + MINUTE))).toEqual([[[now, 9]]]);
    });

    test("of one batch replace each other too", async () => {
      await using store = await open();
      const rows = [5, 9, 7].map((to) => row("item:1", now, { to, views: to }));
      await put(store, "series_ItemActivity", rows);
      expect(await views(store, read([["item:1"]], now, now + MINUTE))).toEqual([[[now, 9]]]);
    });

    test("of several partitions and epochs add up", async () => {
      await using store = await open();
      const parts = [0, 1, 2].flatMap((partition) =>
        [0, 1].map((epoch) => ({ partition, epoch, to: 10 * (epoch + 1) })),
      );
      await put(
        store,
        "series_ItemActivity",
        parts.map((part, i) => row("item:1", now, { ...part, views: 10 ** i })),
      );
      expect(await views(store, read([["item:1"]], now, now + MINUTE))).toEqual([[[now, 111_111]]]);
    });
  });
}

function readingSeries(open: OpenSeriesStore): void {
  describe("a series", () => {
    test("leaves empty buckets out and ascends", async () => {
      await using store = await open();
      await put(store, "series_ItemActivity", [
        row("item:1", now + 5 * MINUTE),
        row("item:1", now),
        row("item:2", now),
      ]);
      const expected = [[now, 1], [now + 5 * MINUTE, 1]]; // prettier-ignore
      expect(await views(store, read([["item:1"]], now, now + HOUR))).toEqual([expected]);
      expect(await views(store, read([["item:3"]], now, now + HOUR))).toEqual([[]]);
    });

    test("includes `from` and excludes `to`", async () => {
      await using store = await open();
      await put(
        store,
        "series_ItemActivity",
        [-1, 0, 1, 2].map((i) => row("item:1", now + i * MINUTE)),
      );
      const buckets = [[now, 1], [now + MINUTE, 1]]; // prettier-ignore
      expect(await views(store, read([["item:1"]], now, now + 2 * MINUTE))).toEqual([buckets]);
      expect(await views(store, read([["item:1"]], now, now))).toEqual([[]]);
      expect(await views(store, read([["item:1"]], now + HOUR, now))).toEqual([[]]);
    });

    test.each([
      ["MINUTE", MINUTE],
      ["HOUR", HOUR],
      ["DAY", DAY],
    ] as const)("is aligned to UTC by %s", async (_, every) => {
      await using store = await open();
      const times = [now, now + 29 * MINUTE, now + 30 * MINUTE, now + DAY, Date.parse("1969-12-31T23:59:00Z")];
      await put(
        store,
        "series_ItemActivity",
        times.map((time) => row("item:1", time)),
      );
      const [points = []] = await views(store, read([["item:1"]], -Infinity, Infinity, every));
      const expected = new Map<number, number>();
      for (const time of times.sort((a, b) => a - b)) {
        const start = Math.floor(time / every) * every;
        expected.set(start, (expected.get(start) ?? 0) + 1);
      }
      expect(points).toEqual([...expected]);
    });

    test("holds 2017 beside now, and the first and last times of the calendar", async () => {
      await using store = await open();
      const times = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:00Z", "1970-01-01T00:00:00Z", "2001-09-09T01:46:00Z", "2017-11-25T01:00:00Z", "2026-11-23T04:30:00Z", "9999-12-31T23:59:00Z"].map(Date.parse); // prettier-ignore
      await put(
        store,
        "series_ItemActivity",
        times.map((time) => row("item:1", time)),
      );
      expect(await views(store, read([["item:1"]], -Infinity, Infinity))).toEqual([times.map((time) => [time, 1])]);
    });

    test("of an entity combines all its members, each once", async () => {
      await using store = await open();
      const measures = (i: number): MeasureValue[] => [i, 10 * i, i, i, sketch(0, i), i / 4];
      const rows = [1, 2, 3].map((i) => row(`item:${i}`, now, { measures: measures(i) }));
      await put(store, "series_ItemActivity", rows);
      const [one, all] = await store.readSeries(
        read([["item:2"], ["item:3", "item:1", "item:2", "item:1"]], now, now + 1),
      );
      expect(one).toEqual([{ bucket: now, dimensions: [], measures: [2, 20, 2, 2, 2, 0.5] }]);
      expect(all).toEqual([{ bucket: now, dimensions: [], measures: [6, 60, 1, 3, 3, 0.75] }]);
    });

    test("of each of thousands of keys comes in the order asked", async () => {
      await using store = await open();
      const items = Array.from({ length: 3000 }, (_, i) => `item:${i}`);
      await put(
        store,
        "series_ItemActivity",
        items.map((item, i) => row(item, now, { views: i })),
      );
      const keys = [...items.map((item) => [item]), [], ["item:7", "item:8"], ["item:7"]].reverse();
      const answer = await views(store, read(keys, now, now + MINUTE));
      const expected = [...items.map((_, i) => [[now, i]]), [], [[now, 15]], [[now, 7]]].reverse();
      expect(answer).toEqual(expected);
      expect(await store.readSeries(read([], now, now + 1))).toEqual([]);
    });

    test("read by one dimension tells the others apart, bytewise ascending", async () => {
      await using store = await open();
      const colors = ["red", "", "\u{1F600}", "\uFFFD", "Z", "a"];
      const rows = colors.flatMap((color, i) =>
        ["item:1", "item:2"].map((item) => row(item, now, { dimensions: [item, color], views: i })),
      );
      await put(store, "series_ItemColors", rows);
      const ask = { ...read([["item:1"]], now, now + 1), table: "series_ItemColors" };
      const [points = []] = await store.readSeries(ask);
      expect(points.map(({ dimensions }) => dimensions[0])).toEqual(["", "Z", "a", "red", "\uFFFD", "\u{1F600}"]);
      const [reds = []] = await store.readSeries({ ...ask, dimension: "color", keys: [["red", "Z"]] });
      expect(reds.map(({ dimensions, measures }) => [dimensions[0], measures[0]])).toEqual([
        ["item:1", 4],
        ["item:2", 4],
      ]);
    });
  });
}

function exactValues(open: OpenSeriesStore): void {
  describe("a measure", () => {
    test("is exact beyond 2^53 and to the ends of int64", async () => {
      await using store = await open();
      const values = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 0, Number.MAX_SAFE_INTEGER];
      const rows = values.map((value, i) => row(`item:${i}`, now, { measures: [value, value, value, value, emptySketch, null] })); // prettier-ignore
      await put(store, "series_ItemActivity", rows);
      const answer = await store.readSeries(
        read(
          values.map((_, i) => [`item:${i}`]),
          now,
          now + 1,
        ),
      );
      expect(answer.map(([point]) => point?.measures.slice(0, 4))).toEqual(
        values.map((value) => [value, value, value, value]),
      );
    });

    test("adds exactly across parts, and is a number as soon as that is exact", async () => {
      await using store = await open();
      const rows = [2n ** 53n, 1, -2].map((views, partition) => row("item:1", now, { partition, views }));
      await put(store, "series_ItemActivity", rows.slice(0, 2));
      expect(await views(store, read([["item:1"]], now, now + 1))).toEqual([[[now, 2n ** 53n + 1n]]]);
      await put(store, "series_ItemActivity", rows);
      expect(await views(store, read([["item:1"]], now, now + 1))).toEqual([[[now, Number.MAX_SAFE_INTEGER]]]);
    });

    test("min and max are the least and greatest over what has a value, else null", async () => {
      await using store = await open();
      const of = (least: number | null, most: number | null, heat: number | null): MeasureValue[] => [0, 0, least, most, emptySketch, heat]; // prettier-ignore
      await put(store, "series_ItemActivity", [
        row("item:1", now, { measures: of(null, null, null) }),
        row("item:2", now, { measures: of(5, -5, 1.25), partition: 0 }),
        row("item:2", now, { measures: of(null, null, null), partition: 1 }),
        row("item:2", now, { measures: of(-7, -9, -0.1), partition: 2 }),
      ]);
      const [[none] = [], [some] = []] = await store.readSeries(read([["item:1"], ["item:2"]], now, now + 1));
      expect(none?.measures).toEqual([0, 0, null, null, 0, null]);
      expect(some?.measures).toEqual([0, 0, -7, -5, 0, 1.25]);
    });

    test("distinct is the estimate of the union, not the sum of estimates", async () => {
      await using store = await open();
      const of = (from: number, to: number): MeasureValue[] => [0, 0, null, null, sketch(from, to), null];
      await put(store, "series_ItemActivity", [
        row("item:1", now, { measures: of(0, 10), partition: 0 }),
        row("item:1", now, { measures: of(5, 15), partition: 1 }),
        row("item:1", now + MINUTE, { measures: of(0, 15) }),
        row("item:2", now, { measures: of(0, 4000), partition: 0 }),
        row("item:2", now, { measures: of(3000, 6000), partition: 1 }),
      ]);
      const [[few] = [], [many] = []] = await store.readSeries(read([["item:1"], ["item:2"]], now, now + HOUR, HOUR));
      expect(few?.measures[4]).toBe(15);
      expect(Math.abs(Number(many?.measures[4]) / 6000 - 1)).toBeLessThan(0.06);
    });

    test("belongs to its key whatever characters that has", async () => {
      await using store = await open();
      await put(
        store,
        "series_ItemActivity",
        awkward.map((item, i) => row(item, now, { views: i })),
      );
      const answer = await views(
        store,
        read(
          awkward.map((item) => [item]),
          now,
          now + 1,
        ),
      );
      expect(answer).toEqual(awkward.map((_, i) => [[now, i]]));
    });
  });
}

function readingRankings(open: OpenSeriesStore): void {
  const ask = { generation: 1, table: "ranking_hotItems", measure: "views", from: now, to: now + HOUR, limit: 10 };

  describe("a ranking", () => {
    test("descends by measure over the whole range, ties by the bytes of the key, up to the limit", async () => {
      await using store = await open();
      const tied = ["item:9", "item:10", "item:\u{1F600}", "item:\uFFFD", "Item", "item:1"];
      await put(store, "ranking_hotItems", [
        ...tied.map((item) => row(item, now, { views: 3 })),
        row("item:5", now, { views: 2 }),
        row("item:5", now + MINUTE, { views: 2, partition: 1 }),
        row("item:6", now + HOUR, { views: 99 }),
        row("item:7", now - 1, { views: 99 }),
        row("item:8", now, { views: 0 }),
      ]);
      const sorted = ["item:5", "Item", "item:1", "item:10", "item:9", "item:\uFFFD", "item:\u{1F600}"];
      expect((await store.readRanking(ask)).map(({ key }) => key)).toEqual(sorted);
      expect((await store.readRanking({ ...ask, limit: 3 })).map(({ key }) => key)).toEqual(sorted.slice(0, 3));
      expect(await store.readRanking({ ...ask, from: now - DAY, to: now - HOUR })).toEqual([]);
    });

    test("gives every measure, and can be by any of them", async () => {
      await using store = await open();
      const measures = (i: number): MeasureValue[] => [i, -i, i === 2 ? null : i, 2n ** 60n, sketch(0, 10 * i), i / 4];
      await put(
        store,
        "ranking_hotItems",
        [1, 2, 3].map((i) => row(`item:${i}`, now, { measures: measures(i) })),
      );
      const entries = await store.readRanking(ask);
      expect(entries[0]).toEqual({ key: "item:3", measures: [3, -3, 3, 2n ** 60n, 30, 0.75] });
      const by = async (measure: string, limit = 10) =>
        (await store.readRanking({ ...ask, measure, limit })).map(({ key }) => key.slice(5)).join("");
      expect(await by("total")).toBe("123");
      expect(await by("least")).toBe("31");
      expect(await by("visitors")).toBe("321");
      expect(await by("visitors", 1)).toBe("3");
    });
  });
}

function fences(open: OpenSeriesStore): void {
  describe("fences", () => {
    test("never go back, each for itself", async () => {
      await using store = await open();
      const write = (given: Record<string, number>) => store.write({ generation: 1, rows: [], fences: given });
      expect(await store.fences(1)).toEqual({});
      await write({ "events.a/0": 10, "events.a/1": 5 });
      await write({ "events.a/0": 7, "events.b\t'/0": 2 ** 40 });
      expect(await store.fences(1)).toEqual({ "events.a/0": 10, "events.a/1": 5, "events.b\t'/0": 2 ** 40 });
    });

    test("stay where they were when the rows were refused", async () => {
      await using store = await open();
      const batch = { generation: 1, rows: [{ table: "nowhere", kind: "buckets", rows: [row("x", now)] } as const] };
      await expect(store.write({ ...batch, fences: { "events.a/0": 10 } })).rejects.toThrow();
      expect(await store.fences(1)).toEqual({});
    });
  });
}

function history(open: OpenSeriesStore): void {
  const put = (store: SeriesStore, rows: readonly HistoryRow[]) =>
    store.write({ generation: 1, rows: [{ table: "dwd_Measured", kind: "history", rows }], fences: {} });
  const ask = { generation: 1, table: "dwd_Measured", partition: 0, from: 0, limit: 100 };

  describe("history", () => {
    test("gives back every value as it was", async () => {
      await using store = await open();
      const rows = [
        historyRow(0),
        ...awkward.map((text, i) =>
          historyRow(i + 1, {
            id: text,
            values: fieldValues({ 0: text, 1: text, 8: text, 12: [text, ...awkward], 13: [text] }),
          }),
        ),
        historyRow(10, { values: fieldValues({ 2: -1, 9: 0, 14: [now, -62_135_596_800_000, 1], 10: -5 }) }),
        historyRow(11, {
          values: fieldValues({ 3: -(2 ** 53) + 1, 4: 2 ** 53 - 1, 5: 1e-300, 6: false, 11: "green" }),
        }),
        historyRow(12, { values: fieldValues({ 13: [], 15: [1, -2], 16: ["red", "green"], 5: 0.1 + 0.2 }) }),
        historyRow(2 ** 40, { appendTime: 0 }),
      ];
      await put(store, rows);
      expect(await store.readHistory(ask)).toEqual(rows);
    });

    test("is read by page, by partition, ascending, and each offset once", async () => {
      await using store = await open();
      const rows = Array.from({ length: 10 }, (_, i) => historyRow(i * 3));
      await put(store, rows.toReversed());
      await put(store, rows.slice(3, 7));
      await put(store, [historyRow(4, { partition: 1 })]);
      const page = (from: number, limit: number) => store.readHistory({ ...ask, from, limit });
      expect(await page(0, 4)).toEqual(rows.slice(0, 4));
      expect(await page(10, 4)).toEqual(rows.slice(4, 8));
      expect(await page(24, 100)).toEqual(rows.slice(8));
      expect(await page(28, 100)).toEqual([]);
    });
  });
}

function generations(open: OpenSeriesStore): void {
  describe("a generation", () => {
    test("can be prepared again without effect on its rows", async () => {
      await using store = await open();
      await put(store, "series_ItemActivity", [row("item:1", now)]);
      await store.prepare(1, layouts);
      expect(await views(store, read([["item:1"]], now, now + 1))).toEqual([[[now, 1]]]);
    });

    test.each(changedLayouts.map((layout) => [layout.name, layout] as const))(
      "refuses another shape of %s",
      async (_, changed) => {
        await using store = await open();
        await expect(store.prepare(1, [changed])).rejects.toMatchObject({ code: "MODEL_CHANGED" });
      },
    );

    test("has rows and fences of its own, which leave with it", async () => {
      await using store = await open();
      await store.prepare(11, layouts);
      await store.write({ generation: 11, rows: [], fences: { "events.a/0": 3 } });
      await put(store, "series_ItemActivity", [row("item:1", now)]);
      expect(await views(store, { ...read([["item:1"]], now, now + 1), generation: 11 })).toEqual([[]]);
      await store.drop(1);
      await store.drop(1);
      await expect(store.fences(1)).rejects.toThrow("before it is prepared");
      await store.prepare(1, changedLayouts);
      expect(await store.fences(1)).toEqual({});
      expect(await store.fences(11)).toEqual({ "events.a/0": 3 });
      expect((await store.readSeries(read([["item:1"]], now, now + 1)))[0]).toEqual([]);
    });
  });
}
