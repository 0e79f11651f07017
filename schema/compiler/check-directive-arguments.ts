/** Checks the arguments of one use of a directive: known, given once, complete, and each of its type. */
import { isRequiredArgument, type DirectiveNode, type GraphQLDirective } from "graphql";
import { suggest } from "../expression/suggest.ts";
import { checkArgument } from "./check-argument.ts";
import type { Report } from "./diagnostic.ts";

/** Whether all is well. A required argument that is only mistyped is not reported as missing too. */
export function checkDirectiveArguments(node: DirectiveNode, definition: GraphQLDirective, report: Report): boolean {
  const known = new Map(definition.args.map((argument) => [argument.name, argument]));
  const seen = new Set<string>();
  let isValid = true;
  let mistyped = "";
  for (const argument of node.arguments ?? []) {
    const name = argument.name.value;
    const expected = known.get(name);
    if (expected === undefined) {
      const near = suggest(name, known.keys());
      const list = known.size === 0 ? "It takes no arguments." : `It takes ${[...known.keys()].join(", ")}.`;
      report.add(argument, `@${definition.name} has no argument "${name}".`, near ? `${near} ${list}` : list);
      mistyped += near;
    } else if (seen.has(name)) report.add(argument, `"${name}" is given twice.`, "Remove one of them.");
    isValid =
      expected !== undefined && !seen.has(name) && checkArgument(argument.value, expected.type, report) && isValid;
    seen.add(name);
  }
  for (const argument of definition.args) {
    if (!isRequiredArgument(argument) || seen.has(argument.name)) continue;
    isValid = false;
    if (mistyped.includes(`"${argument.name}"`)) continue;
    const reason = `@${definition.name} lacks its argument "${argument.name}".`;
    report.add(node, reason, `Add ${argument.name}: ${String(argument.type)}.`);
  }
  return isValid;
}
