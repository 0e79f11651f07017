/** The mergeable values of the state store, with the closed set of operations; `state-algebra.ts` states their law. */
import type { Int64 } from "../../schema/model/value.ts";

/** int64 addition. Neutral: 0. */
export interface AddValue {
  readonly operation: "add";
  readonly amount: Int64;
}

/** The byte-wise greatest. Neutral: no bytes. Serves min, max, latest and first through order-preserving bytes. */
export interface GreatestValue {
  readonly operation: "greatest";
  readonly bytes: Uint8Array;
}

/** The `keep` byte-wise greatest of a set of distinct entries, descending. Neutral: none. */
export interface RecentValue {
  readonly operation: "recent";
  readonly keep: number;
  readonly entries: readonly Uint8Array[];
}

/** A sketch whose registers combine by maximum: see `sketch.ts`. Neutral: no registers. */
export interface RegistersValue {
  readonly operation: "registers";
  readonly sketch: Uint8Array;
}

/** int64 sums by bucket start (epoch ms), of which the `keep` newest buckets stay. Neutral: none. */
export interface WindowValue {
  readonly operation: "window";
  readonly keep: number;
  readonly buckets: ReadonlyMap<number, Int64>;
}

export type StateValue = AddValue | GreatestValue | RecentValue | RegistersValue | WindowValue;

/** One value to be combined into a field of an entity. */
export type Mutation = StateValue & { readonly field: string };
