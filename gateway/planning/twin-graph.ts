/** A twin of a subgraph in the planner's supergraph: where the one has a type or a field, the other has it, too. */
import { Kind, type ConstDirectiveNode, type DefinitionNode } from "graphql";
import { directiveText } from "./directive-text.ts";

/** A row of the supergraph, about another subgraph. */
export function onGraph(row: ConstDirectiveNode, graph: string): ConstDirectiveNode {
  return {
    ...row,
    arguments: (row.arguments ?? []).map((argument) =>
      argument.name.value === "graph" ? { ...argument, value: { kind: Kind.ENUM, value: graph } } : argument,
    ),
  };
}

/** A definition with all rows about `graph` said of its twin as well. */
export function withTwin<T extends DefinitionNode>(definition: T, graph: string, twin: string): T {
  const both = <N extends object>(node: N): N => {
    const { directives } = node as { readonly directives?: readonly ConstDirectiveNode[] };
    const rows = (directives ?? []).filter((one) => directiveText(one, "graph") === graph);
    return rows.length === 0
      ? node
      : { ...node, directives: [...(directives ?? []), ...rows.map((row) => onGraph(row, twin))] };
  };
  const { fields, values } = definition as { readonly fields?: readonly object[]; readonly values?: readonly object[] };
  return {
    ...both(definition),
    ...(fields !== undefined && { fields: fields.map(both) }),
    ...(values !== undefined && { values: values.map(both) }),
  };
}
