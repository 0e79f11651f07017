/** What every series store promises of its reads: a part of its contract. */
import { describe, expect, test } from "@jest/globals";
import type { MeasureValue } from "../../stores/ports/series-store.ts";
import { emptySketch } from "../../stores/ports/sketch.ts";
import { awkward, DAY, HOUR, MINUTE, now, put, read, row, sketch, views, type OpenSeriesStore } from "./series-rows.ts";

export function readingSeries(open: OpenSeriesStore): void {
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
      const [points = []] = await views(store, { ...read([["item:1"]], -Infinity, Infinity), everyMs: every });
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

    test("gives no more points than the limit: the first of each, after its members are combined", async () => {
      await using store = await open();
      const minutes = [0, 1, 2, 3, 4, 5];
      await put(store, "series_ItemActivity", [
        ...minutes.map((i) => row("item:1", now + 2 * i * MINUTE)),
        ...minutes.map((i) => row("item:2", now + i * MINUTE, { views: 10 })),
      ]);
      const ask = { ...read([["item:1"], ["item:1", "item:2"], ["item:3"]], now, now + HOUR), limit: 3 };
      expect(await views(store, ask)).toEqual([
        [[now, 1], [now + 2 * MINUTE, 1], [now + 4 * MINUTE, 1]],
        [[now, 11], [now + MINUTE, 10], [now + 2 * MINUTE, 11]],
        [],
      ]); // prettier-ignore
      expect((await views(store, { ...ask, limit: 100 })).map((points) => points.length)).toEqual([6, 9, 0]);
      expect(await views(store, { ...ask, limit: 0 })).toEqual([[], [], []]);
    });

    test("with other dimensions counts each of them against the limit", async () => {
      await using store = await open();
      const rows = [0, 1].flatMap((i) =>
        ["red", "green", "a"].map((color) => row("item:1", now + i * MINUTE, { dimensions: ["item:1", color] })),
      );
      await put(store, "series_ItemColors", rows);
      const ask = { ...read([["item:1"]], now, now + 2 * MINUTE), table: "series_ItemColors", limit: 4 };
      const [points = []] = await store.readSeries(ask);
      expect(points.map(({ bucket, dimensions }) => [(bucket - now) / MINUTE, dimensions[0]])).toEqual([
        [0, "a"],
        [0, "green"],
        [0, "red"],
        [1, "a"],
      ]);
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

export function exactValues(open: OpenSeriesStore): void {
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
      const [[few] = [], [many] = []] = await store.readSeries({
        ...read([["item:1"], ["item:2"]], now, now + HOUR),
        everyMs: HOUR,
      });
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

export function readingRankings(open: OpenSeriesStore): void {
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
