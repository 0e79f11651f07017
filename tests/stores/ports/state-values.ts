/** Arbitrary values of each operation, as writers make them: already trimmed to what their field keeps. */
import fc from "fast-check";
import { normalizeInt64, type Int64 } from "../../../schema/model/value.ts";
import { emptySketch, mergeSketches, sketchOf } from "../../../stores/ports/sketch.ts";
import { newestBuckets } from "../../../stores/ports/state-algebra.ts";
import type { StateValue } from "../../../stores/ports/state-value.ts";

export const int64: fc.Arbitrary<Int64> = fc
  .oneof(fc.bigInt(-100n, 100n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
  .map(normalizeInt64);

const bytes = fc.uint8Array({ maxLength: 4 });
const KEEP = 4;

export const addValue: fc.Arbitrary<StateValue> = int64.map((amount) => ({ operation: "add", amount }));

export const greatestValue: fc.Arbitrary<StateValue> = bytes.map((of) => ({ operation: "greatest", bytes: of }));

export const recentValue: fc.Arbitrary<StateValue> = fc
  .uniqueArray(bytes, { maxLength: 6, selector: (of) => Buffer.from(of).toString("hex") })
  .map((entries) => ({
    operation: "recent",
    keep: KEEP,
    entries: entries.sort((a, b) => Buffer.compare(b, a)).slice(0, KEEP),
  }));

export const registersValue: fc.Arbitrary<StateValue> = fc
  .array(fc.tuple(fc.nat(2 ** 24), fc.nat(2 ** 31)), { maxLength: 4 })
  .map((hashes) => ({
    operation: "registers",
    sketch: hashes.reduce((all, [hi, lo]) => mergeSketches(all, sketchOf(hi * 200, lo)), emptySketch),
  }));

export const windowValue: fc.Arbitrary<StateValue> = fc
  .array(fc.tuple(fc.nat(9), int64), { maxLength: 6 })
  .map((of) => ({
    operation: "window",
    keep: KEEP,
    buckets: newestBuckets(new Map(of.map(([at, sum]) => [at * 60_000, sum])), KEEP),
  }));

export const stateValues = [addValue, greatestValue, recentValue, registersValue, windowValue] as const;

/** What changes nothing, by operation. */
export const neutralValues: readonly StateValue[] = [
  { operation: "add", amount: 0 },
  { operation: "greatest", bytes: new Uint8Array(0) },
  { operation: "recent", keep: KEEP, entries: [] },
  { operation: "registers", sketch: emptySketch },
  { operation: "window", keep: KEEP, buckets: new Map() },
];
