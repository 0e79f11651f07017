/** Introspection: `__schema` and `__type` are split off an operation and answered from the API schema, in this process. */
import {
  executeSync,
  Kind,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import { setOf } from "./resolve-selections.ts";
import { introspectionKey, isRootMeta } from "./response-key.ts";

/** Answers the introspection fields of an operation, each at its `introspectionKey`. */
export type Introspect = (variables: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** Compiles an operation's introspection part, or answers undefined if it has none. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  selections: readonly SelectionNode[],
): Introspect | undefined {
  const meta = rootMeta(selections);
  if (meta.length === 0) return undefined;
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet: setOf(meta) }],
  };
  const run: Introspect = (variableValues) => {
    const { data } = executeSync({ schema, document, variableValues });
    return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [introspectionKey(key), value]));
  };
  if (usesVariables(meta)) return run;
  let answer: Readonly<Record<string, unknown>> | undefined;
  return (variables) => (answer ??= run(variables));
}

function rootMeta(selections: readonly SelectionNode[]): SelectionNode[] {
  return selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return isRootMeta(node.name.value) ? [node] : [];
    return node.kind === Kind.INLINE_FRAGMENT ? rootMeta(node.selectionSet.selections) : [];
  });
}

function usesVariables(selections: readonly SelectionNode[]): boolean {
  let found = false;
  visit({ kind: Kind.SELECTION_SET, selections }, { Variable: () => void (found = true) });
  return found;
}
