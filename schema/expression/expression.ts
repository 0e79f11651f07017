/** The small condition language of `where:` and `@assert(that:)`, as a typed tree over one event's fields. */
import type { StandardValue } from "../model/value.ts";

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

export type Operand =
  | { readonly kind: "field"; readonly index: number; readonly name: string }
  | { readonly kind: "literal"; readonly value: StandardValue };

export type Expression =
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "compare"; readonly comparison: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "in"; readonly operand: Operand; readonly values: readonly StandardValue[] }
  | { readonly kind: "null"; readonly operand: Operand };
