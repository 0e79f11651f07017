/** How model values are written into bytes whose order is the order of what they mean, and read back. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { EventModel, StandardEvent } from "../../../schema/model/event.ts";
import type { Metric, MetricFunction } from "../../../schema/model/metric.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import {
  compareEvents,
  extremeBytes,
  firstBytes,
  latestBytes,
  readMetric,
  readRecentEntry,
  recentEntry,
  type EventOrder,
} from "../../../stores/ports/model-values.ts";
import { mergeSketches, sketchOf } from "../../../stores/ports/sketch.ts";
import type { StateValue } from "../../../stores/ports/state-value.ts";

const metric = (name: MetricFunction, window: Metric["window"] = null): { readonly metric: Metric } => ({
  metric: { name: "m", function: name, event: "E", field: 0, type: { kind: "long" }, where: null, window },
});
const now = { atMs: 0 };
const read = (name: MetricFunction, bytes: Uint8Array) =>
  readMetric(metric(name), { operation: "greatest", bytes }, now);

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: -3, max: 3 }),
);
const order: fc.Arbitrary<EventOrder> = fc.record({
  time: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -(2 ** 51), max: 2 ** 51 })),
  hash: fc.oneof(fc.bigInt(0n, 2n), fc.bigInt(0n, 2n ** 64n - 1n)),
  id: fc.oneof(fc.constantFrom("", "a", "b", "aa", "é", "\u{1f600}"), fc.string({ maxLength: 300, unit: "grapheme" })),
});

describe("extremes", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(finite, (value) => {
        const plain = value === 0 ? 0 : value;
        expect(read("max", extremeBytes("max", value))).toBe(plain);
        expect(read("min", extremeBytes("min", value))).toBe(plain);
      }),
    );
  });

  it("order as their numbers do, and in reverse for min", () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const expected = Math.sign(a - b);
        const spread = Number.isFinite(a - b) ? expected : a < b ? -1 : 1;
        expect(Buffer.compare(extremeBytes("max", a), extremeBytes("max", b))).toBe(spread + 0);
        expect(Buffer.compare(extremeBytes("min", b), extremeBytes("min", a))).toBe(spread + 0);
      }),
    );
  });
});

describe("latest and first", () => {
  it("order as the events do: by time, then content, then id; first in reverse", () => {
    fc.assert(
      fc.property(order, order, (a, b) => {
        const expected = Math.sign(compareEvents(a, b));
        expect(Buffer.compare(latestBytes(a, "x"), latestBytes(b, "x"))).toBe(expected + 0);
        expect(Buffer.compare(firstBytes(b, "x"), firstBytes(a, "x"))).toBe(expected + 0);
      }),
      { numRuns: 500 },
    );
  });

  it("order events totally", () => {
    fc.assert(
      fc.property(order, order, order, (a, b, c) => {
        expect(Math.sign(compareEvents(a, b)) + Math.sign(compareEvents(b, a))).toBe(0);
        expect(compareEvents(a, { ...a })).toBe(0);
        if (compareEvents(a, b) <= 0 && compareEvents(b, c) <= 0) expect(compareEvents(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it("are read back as they were written", () => {
    const value: fc.Arbitrary<StandardValue> = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(order, value, (event, written) => {
        expect(read("latest", latestBytes(event, written))).toEqual(written);
        expect(read("first", firstBytes(event, written))).toEqual(written);
      }),
    );
  });
});

describe("recent entries", () => {
  const model = { idField: 0 } as EventModel;
  const eventOf = (at: EventOrder, rest: readonly StandardValue[]): StandardEvent => ({
    ...at,
    model,
    values: [at.id, ...rest],
    text: JSON.stringify([null, ...rest]),
    offset: 0,
    late: false,
  });

  it("are read back with id, time and values, and order as the events do", () => {
    fc.assert(
      fc.property(order, order, fc.array(fc.oneof(fc.string(), fc.integer())), (a, b, rest) => {
        const event = eventOf(a, rest);
        const entry = readRecentEntry(model, recentEntry(event));
        expect({ time: entry.time, id: entry.id, values: entry.values }).toEqual({
          ...{ time: a.time, id: a.id },
          values: event.values,
        });
        const other = eventOf(b, rest);
        expect(Buffer.compare(recentEntry(event), recentEntry(other))).toBe(Math.sign(compareEvents(a, b)) + 0);
        expect(Buffer.compare(entry.orderKey, readRecentEntry(model, recentEntry(other)).orderKey)).toBe(
          Math.sign(compareEvents(a, b)) + 0,
        );
      }),
    );
  });
});

describe("metrics", () => {
  it("are 0 for counts, sums and distinct of nothing, and null for the others", () => {
    for (const name of ["count", "sum", "distinct"] as const) expect(readMetric(metric(name), undefined, now)).toBe(0);
    for (const name of ["min", "max", "latest", "first"] as const)
      expect(readMetric(metric(name), undefined, now)).toBeNull();
  });

  it("are read beyond 2^53 as they are, and distinct as an estimate", () => {
    expect(readMetric(metric("sum"), { operation: "add", amount: 2n ** 60n }, now)).toBe(2n ** 60n);
    const sketch = mergeSketches(sketchOf(2 ** 31, 5), sketchOf(7, 9));
    expect(readMetric(metric("distinct"), { operation: "registers", sketch }, now)).toBe(2);
  });

  it("sum the buckets of a window that begin after its start, up to the instant of reading", () => {
    const window = { text: "PT3M", lengthMs: 180_000, bucketMs: 60_000, keep: 10 };
    const minutes = [0, 1, 2, 3, 4, 5];
    const value: StateValue = {
      operation: "window",
      keep: 10,
      buckets: new Map(minutes.map((minute) => [minute * 60_000, 10 ** minute])),
    };
    const at = (atMs: number) => readMetric(metric("count", window), value, { atMs });
    expect(at(-1)).toBe(0);
    expect(at(0)).toBe(1);
    expect(at(179_999)).toBe(111);
    expect(at(180_000)).toBe(1110);
    expect(at(240_000)).toBe(11_100);
    expect(at(479_999)).toBe(100_000);
    expect(at(480_000)).toBe(0);
  });
});
