/** Reads a condition in a directive's argument; problems point into the text. */
import { Kind } from "graphql";
import type { Expression } from "../expression/expression.ts";
import { parseExpression } from "../expression/parse-expression.ts";
import type { EventField } from "../model/event.ts";
import { placeInText, placeOf, type Report } from "./diagnostic.ts";
import { literalOf, textOf, type DirectiveUse } from "./directive-use.ts";

interface ConditionScope {
  readonly fields: readonly EventField[];
  /** Fields whose declaration makes no sense. */
  readonly broken: ReadonlySet<string>;
}

/** Null where there is no condition; "broken" where it has problems, which are reported. */
export function compileCondition(
  { use, argument }: { readonly use: DirectiveUse; readonly argument: string },
  { fields, broken }: ConditionScope,
  report: Report,
): Expression | null | "broken" {
  const text = textOf(use, argument);
  if (text === null) return null;
  const reading = parseExpression(text, fields);
  if (reading.kind === "ok") return reading.expression;
  // A field that is itself broken is reported where it stands.
  if (text.match(/\w+/g)?.some((word) => broken.has(word)) === true) return "broken";
  const node = literalOf(use, argument);
  for (const { column, reason, remedy } of reading.problems) {
    const place = node?.kind === Kind.STRING ? placeInText(node, column) : placeOf(use.node);
    report.addAt(place, reason, remedy);
  }
  return "broken";
}
