/** Compiles `@assert(that:)` on an event type: rules over several of its fields. */
import type { EventAssertion, EventField } from "../model/event.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import type { Compilation } from "./compilation.ts";
import { compileCondition } from "./compile-condition.ts";
import { textOf, usesOf } from "./directive-use.ts";

/** A second rule of one event is named `OrderPlaced:that-2`. */
export function compileEventAssertions(
  type: TypeDeclaration,
  event: { readonly fields: readonly EventField[]; readonly broken: ReadonlySet<string> },
  { uses, report }: Compilation,
): readonly EventAssertion[] {
  return usesOf(uses, type, "assert").flatMap((use, i): EventAssertion[] => {
    for (const argument of use.node.arguments ?? []) {
      if (argument.name.value === "that") continue;
      const remedy = `Put @assert(${argument.name.value}:) on the field it is about; on a type use that: "…".`;
      report.add(argument, `"${argument.name.value}" is a rule over one field.`, remedy);
    }
    const text = textOf(use, "that");
    if (text === null) {
      if ((use.node.arguments ?? []).length === 0) {
        report.add(use.node, "@assert says nothing.", 'Give it a condition: @assert(that: "quantity > 0").');
      }
      return [];
    }
    const expression = compileCondition({ use, argument: "that" }, event, report);
    const rule = `${type.name}:that${i === 0 ? "" : `-${i + 1}`}`;
    return expression === null || expression === "broken" ? [] : [{ rule, text, expression }];
  });
}
