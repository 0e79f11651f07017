/** Checks the arguments of a generated field: exactly those, of those types. */
import type { FieldDefinitionNode } from "graphql";
import { shapeOf } from "./compilation.ts";
import type { Report } from "./diagnostic.ts";

/** `forms`: by argument, the types it may be declared with; the first is the one to recommend. */
export function checkFieldArguments(
  node: FieldDefinitionNode,
  forms: Readonly<Record<string, readonly string[]>>,
  report: Report,
): void {
  const field = node.name.value;
  const all = Object.entries(forms)
    .map(([name, types]) => `${name}: ${types[0] ?? ""}`)
    .join(", ");
  for (const argument of node.arguments ?? []) {
    const name = argument.name.value;
    const types = Object.hasOwn(forms, name) ? forms[name] : undefined;
    const written = shapeOf(argument.type).text;
    if (types === undefined) {
      report.add(argument, `"${field}" has no use for the argument "${name}".`, `It takes ${all}.`);
    } else if (!types.includes(written)) {
      report.add(argument.type, `"${name}" is ${written}.`, `Declare it as ${name}: ${types[0] ?? ""}.`);
    }
  }
  const missing = Object.keys(forms).filter(
    (name) => !node.arguments?.some((argument) => argument.name.value === name),
  );
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(", ");
  report.add(node, `"${field}" lacks the argument${missing.length > 1 ? "s" : ""} ${names}.`, `It takes ${all}.`);
}
