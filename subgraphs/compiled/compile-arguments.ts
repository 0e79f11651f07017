/** A field's arguments: known when it is compiled, or once a run where variables stand in them. */
import { getArgumentValues, Kind, visit, type FieldNode, type GraphQLField } from "graphql";
import type { ReadRun } from "./read-run.ts";

export type ReadArguments = (run: ReadRun) => Readonly<Record<string, unknown>>;

/** @throws GraphQLError for arguments that graphql-js refuses; the function that it gives does so, too */
export function compileArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  nextNumber: () => number,
): ReadArguments {
  if (!hasVariables(node)) {
    const values = getArgumentValues(field, node);
    return () => values;
  }
  const number = nextNumber();
  return ({ args, variables }) => (args[number] ??= getArgumentValues(field, node, variables));
}

function hasVariables({ arguments: args = [] }: FieldNode): boolean {
  let found = false;
  for (const argument of args) visit(argument, { [Kind.VARIABLE]: () => void (found = true) });
  return found;
}
