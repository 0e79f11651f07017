/** What every series store promises, as claims. Each adapter binds the suite with one function that opens it empty. */
import { describe, expect, test } from "@jest/globals";
import type { HistoryRow, HistoryRows, SeriesStore } from "../../stores/ports/series-store.ts";
import { changedLayouts, layouts } from "./series-fixtures.ts";
import { exactValues, readingRankings, readingSeries } from "./series-reads.contract.ts";
import {
  awkward,
  fieldValues,
  historyPart,
  historyRow,
  HOUR,
  MINUTE,
  now,
  put,
  read,
  row,
  views,
  type OpenSeriesStore,
} from "./series-rows.ts";

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
      expect(await views(store, { ...read([["item:1"]], now, now + HOUR), everyMs: HOUR })).toEqual([
        [[now - 30 * MINUTE, 6]],
      ]);
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
  const putHistory = (store: SeriesStore, rows: readonly HistoryRow[]) =>
    store.write({ generation: 1, rows: [historyPart(store, rows)], fences: {} });
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
      await putHistory(store, rows);
      expect(await store.readHistory(ask)).toEqual(rows);
    });

    test("is collected in a buffer that hands each row over once, also the next rows after a write", async () => {
      await using store = await open();
      const buffer = store.historyBuffer(1, "dwd_Measured");
      const write = (rows: HistoryRows) =>
        store.write({ generation: 1, rows: [{ table: "dwd_Measured", kind: "history", rows }], fences: {} });
      expect(buffer.take()).toHaveLength(0);
      buffer.add(historyRow(1));
      buffer.add(historyRow(2));
      const first = buffer.take();
      buffer.add(historyRow(3));
      await write(first);
      expect(first).toHaveLength(2);
      expect(await store.readHistory(ask)).toEqual([historyRow(1), historyRow(2)]);
      const second = buffer.take();
      expect(second).toHaveLength(1);
      await write(second);
      await write(buffer.take());
      expect(await store.readHistory(ask)).toEqual([historyRow(1), historyRow(2), historyRow(3)]);
    });

    test("has no buffer for a table of another kind, nor for one that is not prepared", async () => {
      await using store = await open();
      expect(() => store.historyBuffer(1, "series_ItemActivity")).toThrow();
      expect(() => store.historyBuffer(9, "dwd_Measured")).toThrow();
    });

    test("is read by page, by partition, ascending, and each offset once", async () => {
      await using store = await open();
      const rows = Array.from({ length: 10 }, (_, i) => historyRow(i * 3));
      await putHistory(store, rows.toReversed());
      await putHistory(store, rows.slice(3, 7));
      await putHistory(store, [historyRow(4, { partition: 1 })]);
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
      expect(await store.generations()).toEqual([1, 11]);
      await store.drop(1);
      await store.drop(1);
      expect(await store.generations()).toEqual([11]);
      await expect(store.fences(1)).rejects.toThrow("before it is prepared");
      await store.prepare(1, changedLayouts);
      expect(await store.fences(1)).toEqual({});
      expect(await store.fences(11)).toEqual({ "events.a/0": 3 });
      expect((await store.readSeries(read([["item:1"]], now, now + 1)))[0]).toEqual([]);
    });
  });
}
