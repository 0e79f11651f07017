/** First step of planning: fragments are inlined and @skip and @include decided, so that nothing later needs to know them. */
import { Kind, type DirectiveNode, type InlineFragmentNode, type SelectionNode, type SelectionSetNode } from "graphql";
import type { SelectedOperation } from "./select-operation.ts";

/** Told of each fragment that has directives, and of what it became. */
export type OnFragment = (inlined: InlineFragmentNode, directives: readonly DirectiveNode[]) => void;

/**
 * The operation's selections under given condition values, as fields and inline fragments without directives. The size is
 * bounded because document limits count fields with fragments expanded.
 */
export function resolveSelections(
  selected: SelectedOperation,
  variables: Readonly<Record<string, unknown>>,
  onFragment?: OnFragment,
): readonly SelectionNode[] {
  const inline = (
    inlined: InlineFragmentNode,
    directives: readonly DirectiveNode[] | undefined,
  ): InlineFragmentNode[] => {
    if (directives !== undefined && directives.length > 0) onFragment?.(inlined, directives);
    return [inlined];
  };
  const resolveSet = (set: SelectionSetNode): SelectionNode[] => set.selections.flatMap(resolve);
  const resolve = (node: SelectionNode): SelectionNode[] => {
    if (!isIncluded(node.directives, variables)) return [];
    switch (node.kind) {
      case Kind.FIELD:
        return [
          { ...node, directives: [], ...(node.selectionSet && { selectionSet: setOf(resolveSet(node.selectionSet)) }) },
        ];
      case Kind.INLINE_FRAGMENT:
        return inline({ ...node, directives: [], selectionSet: setOf(resolveSet(node.selectionSet)) }, node.directives);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = selected.fragments.get(node.name.value);
        if (fragment === undefined) return [];
        const inlined: InlineFragmentNode = {
          kind: Kind.INLINE_FRAGMENT,
          typeCondition: fragment.typeCondition,
          selectionSet: setOf(resolveSet(fragment.selectionSet)),
        };
        return inline(inlined, node.directives);
      }
    }
  };
  return resolveSet(selected.operation.selectionSet);
}

/** Wraps selections as a set. */
export function setOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function isIncluded(
  directives: readonly DirectiveNode[] | undefined,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return (directives ?? []).every((directive) => {
    const name = directive.name.value;
    if (name !== "skip" && name !== "include") return true;
    const condition = directive.arguments?.[0]?.value;
    const holds =
      condition?.kind === Kind.BOOLEAN
        ? condition.value
        : condition?.kind === Kind.VARIABLE && variables[condition.name.value] === true;
    return holds === (name === "include");
  });
}
