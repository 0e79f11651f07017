/** Parses the condition language of `where:` and `@assert(that:)`: text and the event's fields in, a typed tree out. */
import type { EventField } from "../model/event.ts";
import { checkExpression } from "./check-expression.ts";
import type { Expression } from "./expression.ts";
import { parseSyntax } from "./parse-syntax.ts";
import { tokenize, type ExpressionProblem } from "./tokenize.ts";

export type ExpressionReading =
  | { readonly kind: "ok"; readonly expression: Expression }
  | { readonly kind: "invalid"; readonly problems: readonly ExpressionProblem[] };

/**
 * Conditions are joined by `and`, `or`, `not` and parentheses. A condition compares a field with a constant or another
 * field (`=` `!=` `<` `<=` `>` `>=`), or is `field in (a, b)`, `field is null`, `field is not null`, or a Boolean field.
 * Enum values stand bare or in quotes, text and ISO-8601 times in quotes; a Decimal is written as 12.50.
 * What null means is written at `compileExpression`.
 */
export function parseExpression(text: string, fields: readonly EventField[]): ExpressionReading {
  const tokens = tokenize(text);
  if (!isList(tokens)) return { kind: "invalid", problems: [tokens] };
  const syntax = parseSyntax(tokens);
  if (!("kind" in syntax)) return { kind: "invalid", problems: [syntax] };
  const problems: ExpressionProblem[] = [];
  const expression = checkExpression(syntax, fields, problems);
  return expression === null ? { kind: "invalid", problems } : { kind: "ok", expression };
}

function isList<T, U>(value: readonly T[] | U): value is readonly T[] {
  return Array.isArray(value);
}
