/** Finds the one directive that says what a field of an entity or a series row holds. */
import type { FieldDefinitionNode } from "graphql";
import type { Compilation } from "./compilation.ts";
import { useOf, type DirectiveUse } from "./directive-use.ts";

/** Each gives a field its value: a field has at most one of them. */
export const modelDirectives: ReadonlySet<string> = new Set([
  "count",
  "sum",
  "min",
  "max",
  "distinct",
  "latest",
  "first",
  "recent",
  "series",
]);

/** "none": a field without one; "broken": one that is wrong, which is reported. */
export function metricUse(node: FieldDefinitionNode, { uses, report }: Compilation): DirectiveUse | "none" | "broken" {
  const [first, ...others] = (node.directives ?? []).filter(({ name }) => modelDirectives.has(name.value));
  if (first === undefined) return "none";
  for (const other of others) {
    if (other.name.value === first.name.value) continue; // Reported as standing here twice.
    const reason = `"${node.name.value}" has both @${first.name.value} and @${other.name.value}.`;
    report.add(other, reason, "A field holds one value: give each a field of its own.");
  }
  return useOf(uses, node, first.name.value) ?? "broken";
}
