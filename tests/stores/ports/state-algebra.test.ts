/** The law of the state store's values: they combine in any order, in any grouping, and with nothing. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { addInt64, type Int64 } from "../../../schema/model/value.ts";
import { combineValues, newestBuckets } from "../../../stores/ports/state-algebra.ts";
import type { StateValue } from "../../../stores/ports/state-value.ts";
import { show } from "../../ingest/fixtures/dump.ts";
import { int64, neutralValues, stateValues } from "./state-values.ts";

const names = ["add", "greatest", "recent", "registers", "window"];
const cases = stateValues.map((of, at) => ({ name: names[at] ?? "", of, neutral: neutralValues[at] as StateValue }));
const idempotent = cases.filter(({ name }) => name !== "add" && name !== "window");

describe("the state algebra", () => {
  it.each(cases)("combines $name in any order", ({ of }) => {
    fc.assert(fc.property(of, of, (a, b) => show(combineValues(a, b)) === show(combineValues(b, a))));
  });

  it.each(cases)("combines $name in any grouping", ({ of }) => {
    fc.assert(
      fc.property(of, of, of, (a, b, c) => {
        expect(show(combineValues(combineValues(a, b), c))).toBe(show(combineValues(a, combineValues(b, c))));
      }),
    );
  });

  it.each(cases)("leaves $name as it is when nothing is combined with it", ({ of, neutral }) => {
    fc.assert(
      fc.property(
        of,
        (a) => show(combineValues(a, neutral)) === show(a) && show(combineValues(neutral, a)) === show(a),
      ),
    );
  });

  it.each(idempotent)("combines $name with itself to itself", ({ of }) => {
    fc.assert(fc.property(of, (a) => show(combineValues(a, a)) === show(a)));
  });

  it.each(cases)("changes neither of two that it combines: $name", ({ of }) => {
    fc.assert(
      fc.property(of, of, (a, b) => {
        const before = [show(a), show(b)];
        combineValues(a, b);
        expect([show(a), show(b)]).toEqual(before);
      }),
    );
  });

  it("refuses to combine two operations", () => {
    for (const [i, a] of neutralValues.entries()) {
      for (const [j, b] of neutralValues.entries()) if (i !== j) expect(() => combineValues(a, b)).toThrow(TypeError);
    }
  });

  it("keeps in a window what the untrimmed sum has in its newest buckets, in whatever order events come", () => {
    const events = fc.array(fc.tuple(fc.nat(12), int64), { maxLength: 40 });
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), (added, keep, batch) => {
        const sums = new Map<number, Int64>();
        for (const [bucket, amount] of added) sums.set(bucket, addInt64(sums.get(bucket) ?? 0, amount));
        let stored: StateValue = { operation: "window", keep, buckets: new Map() };
        for (let at = 0; at < added.length; at += batch) {
          const part = new Map<number, Int64>();
          for (const [bucket, amount] of added.slice(at, at + batch))
            part.set(bucket, addInt64(part.get(bucket) ?? 0, amount));
          stored = combineValues(stored, { operation: "window", keep, buckets: newestBuckets(part, keep) });
        }
        expect(show(stored)).toBe(show({ operation: "window", keep, buckets: newestBuckets(sums, keep) }));
      }),
    );
  });
});
