/** A planner's document without fragment definitions: what they hold stands where they are spread. */
import {
  Kind,
  parse,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { setOf } from "./resolve-selections.ts";

/** @throws Error for a text without an operation */
export function parseInlined(text: string): OperationDefinitionNode {
  const { definitions } = parse(text, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const inline = (set: SelectionSetNode): SelectionSetNode => setOf(set.selections.map(inlineNode));
  const inlineNode = (node: SelectionNode): SelectionNode => {
    if (node.kind !== Kind.FRAGMENT_SPREAD) {
      return node.selectionSet === undefined ? node : { ...node, selectionSet: inline(node.selectionSet) };
    }
    const fragment = fragments.get(node.name.value);
    if (fragment === undefined) throw new Error(`A plan has no fragment "${node.name.value}".`);
    const { typeCondition, selectionSet } = fragment;
    return {
      kind: Kind.INLINE_FRAGMENT,
      typeCondition,
      directives: node.directives ?? [],
      selectionSet: inline(selectionSet),
    };
  };
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error("A plan has a fetch without an operation.");
  return { ...operation, selectionSet: inline(operation.selectionSet) };
}
