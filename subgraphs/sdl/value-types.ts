/** Onefold's scalars and the enum of intervals, where a document uses them and does not define them itself. */
import { Kind, visit, type DefinitionNode } from "graphql";
import { onefoldDefinitions } from "../../schema/compiler/directive-definitions.ts";

/** What may stand in a subgraph; the other types of `onefold.graphql` are arguments of its directives. */
const valueTypeNames: readonly string[] = ["DateTime", "Long", "Count", "Decimal", "Interval"];

/** The missing definitions: alike in every domain, so that they compose. */
export function valueTypes(nodes: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const used = new Set<string>();
  for (const node of nodes) visit(node, { NamedType: ({ name }) => void used.add(name.value) });
  const defined = new Set(nodes.map(nameOf));
  return onefoldDefinitions.document.definitions.filter((node) => {
    const name = nameOf(node) ?? "";
    return (
      node.kind !== Kind.DIRECTIVE_DEFINITION && valueTypeNames.includes(name) && used.has(name) && !defined.has(name)
    );
  });
}

function nameOf(node: DefinitionNode): string | undefined {
  return "name" in node ? node.name.value : undefined;
}
