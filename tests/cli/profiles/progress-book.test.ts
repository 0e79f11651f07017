/** The book of progress: how far each store is, what became of records, and who waits. */
import { describe, expect, it } from "@jest/globals";
import { emptyTally } from "../../../ingest/models/outcome-tallies.ts";
import { ProgressBook } from "../../../cli/profiles/progress-book.ts";
import type { IngestProgress } from "../../../ingest/worker/progress.ts";

const report = (of: Partial<IngestProgress>): IngestProgress => ({
  generation: 1,
  topic: "events.a",
  partition: 0,
  stateTo: 0,
  seriesTo: 0,
  outcomes: emptyTally,
  ...of,
});

describe("the book of progress", () => {
  it("includes a cursor once each named partition is there, in the stores that are asked for", () => {
    const book = new ProgressBook();
    const cursor = { "events.a/0": 5 };
    expect(book.includes(1, {}, "all")).toBe(true);
    expect(book.includes(1, { "events.a/0": 0 }, "all")).toBe(true);
    expect(book.includes(1, cursor, "state")).toBe(false);
    book.record(report({ stateTo: 5, seriesTo: 4 }));
    expect(book.includes(1, cursor, "state")).toBe(true);
    expect(book.includes(1, cursor, "all")).toBe(false);
    expect(book.includes(2, cursor, "state")).toBe(false);
    expect(book.includes(1, { ...cursor, "events.b/0": 1 }, "state")).toBe(false);
    book.record(report({ stateTo: 5, seriesTo: 5 }));
    expect(book.includes(1, cursor, "all")).toBe(true);
    expect(book.reached(1, "events.a/0")).toEqual({ stateTo: 5, seriesTo: 5 });
    expect(book.reached(1, "events.a/1")).toBeNull();
  });

  it("tells its listeners of each report until they leave", () => {
    const book = new ProgressBook();
    const seen: unknown[] = [];
    const leave = book.listen(() => void seen.push(book.reached(1, "events.a/0")));
    book.record(report({ stateTo: 1 }));
    book.note(1, "events.a/0", { seriesTo: 1 });
    book.note(1, "events.a/0", { seriesTo: 1 });
    leave();
    book.record(report({ stateTo: 2 }));
    expect(seen).toEqual([
      { stateTo: 1, seriesTo: 0 },
      { stateTo: 1, seriesTo: 1 },
    ]);
  });

  it("takes nothing back for an answer of the stores that is older than a report", () => {
    const book = new ProgressBook();
    book.record(report({ stateTo: 11, seriesTo: 7 }));
    book.note(1, "events.a/0", { stateTo: 10, seriesTo: 8 });
    expect(book.reached(1, "events.a/0")).toEqual({ stateTo: 11, seriesTo: 8 });
  });

  it("lets a waiter go when it holds, when the time is over, and when it is aborted, before or while it waits", async () => {
    const book = new ProgressBook();
    const holds = (): boolean => book.includes(1, { "events.a/0": 3 }, "state");
    const minute = 60_000;
    const waiting = book.until(holds, minute);
    const aborter = new AbortController();
    const aborted = book.until(holds, minute, aborter.signal);
    aborter.abort();
    expect(await aborted).toBe(false);
    expect(await book.until(holds, minute, aborter.signal)).toBe(false);
    expect(await book.until(holds, 1)).toBe(false);
    book.record(report({ stateTo: 2 }));
    book.record(report({ stateTo: 3 }));
    expect(await waiting).toBe(true);
    expect(await book.until(holds, 0, aborter.signal)).toBe(true);
  });
});
