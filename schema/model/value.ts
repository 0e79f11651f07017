/** The value types that a standardised event, a model and the graph share, and how each is held in memory. */

/**
 * A standardised value. `ID`, `String` and enums are strings; `Int`, `Long`, `Float` are numbers (`Long` is a safe
 * integer); `DateTime` is UTC epoch milliseconds; `Decimal` is an integer count of its smallest unit (scale 2: cents).
 */
export type StandardValue = string | number | boolean | null | readonly StandardValue[];

/** The scalar types that a declaration may use for event fields and metrics. */
export type ScalarType =
  | { readonly kind: "id" }
  | { readonly kind: "string" }
  | { readonly kind: "int" }
  | { readonly kind: "long" }
  | { readonly kind: "float" }
  | { readonly kind: "boolean" }
  | { readonly kind: "dateTime" }
  | { readonly kind: "decimal"; readonly scale: number }
  | { readonly kind: "enum"; readonly name: string; readonly values: readonly string[] };

/** A 64-bit integer: a number while it is safe, a bigint beyond ±(2^53 − 1). */
export type Int64 = number | bigint;

/** Adds as two's-complement int64, so that the sum of many does not depend on their order. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return normalizeInt64(BigInt.asIntN(64, BigInt(a) + BigInt(b)));
}

/** Gives the number form where it is exact. */
export function normalizeInt64(value: bigint): Int64 {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
