/** The law of the state store's values: how two of one field combine. TypeScript, Lua and SQL must all agree with it. */
import { addInt64, type Int64 } from "../../schema/model/value.ts";
import { mergeSketches } from "./sketch.ts";
import type { StateValue } from "./state-value.ts";

/**
 * Combines two values of one field: commutative, associative, and with the neutral elements that `state-value.ts` names.
 * Greatest, recent and registers are idempotent too; add and window are not: a fence must keep them from repeating.
 * @throws TypeError if the operations differ: a field has one operation for its whole life
 */
export function combineValues(a: StateValue, b: StateValue): StateValue {
  switch (a.operation) {
    case "add":
      if (b.operation !== "add") break;
      return { operation: "add", amount: addInt64(a.amount, b.amount) };
    case "greatest":
      if (b.operation !== "greatest") break;
      return Buffer.compare(a.bytes, b.bytes) >= 0 ? a : b;
    case "recent":
      if (b.operation !== "recent") break;
      return combineRecents(a.entries, b.entries, Math.min(a.keep, b.keep));
    case "registers":
      if (b.operation !== "registers") break;
      return { operation: "registers", sketch: mergeSketches(a.sketch, b.sketch) };
    case "window":
      if (b.operation !== "window") break;
      return combineWindows(a.buckets, b.buckets, Math.min(a.keep, b.keep));
  }
  throw new TypeError(`A field cannot be both ${a.operation} and ${b.operation}.`);
}

/** Merges two descending runs without repeating equal entries. */
function combineRecents(a: readonly Uint8Array[], b: readonly Uint8Array[], keep: number): StateValue {
  const entries: Uint8Array[] = [];
  let i = 0;
  let j = 0;
  while (entries.length < keep) {
    const left = a[i];
    const right = b[j];
    if (left === undefined && right === undefined) break;
    const order = left === undefined ? -1 : right === undefined ? 1 : Buffer.compare(left, right);
    if (order >= 0) i++;
    if (order <= 0) j++;
    const next = order >= 0 ? left : right;
    if (next !== undefined) entries.push(next);
  }
  return { operation: "recent", keep, entries };
}

/** Adds bucket by bucket, then keeps the newest: a bucket that is dropped could never come back among them. */
function combineWindows(a: ReadonlyMap<number, Int64>, b: ReadonlyMap<number, Int64>, keep: number): StateValue {
  const sums = new Map(a);
  for (const [bucket, amount] of b) sums.set(bucket, addInt64(sums.get(bucket) ?? 0, amount));
  return { operation: "window", keep, buckets: newestBuckets(sums, keep) };
}

/** The `keep` newest buckets, newest first. */
export function newestBuckets(buckets: ReadonlyMap<number, Int64>, keep: number): ReadonlyMap<number, Int64> {
  return buckets.size < 2 && keep > 0 ? buckets : new Map([...buckets].sort(([a], [b]) => b - a).slice(0, keep));
}
