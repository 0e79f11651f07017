/** First step of planning: fragments are inlined and @skip and @include decided, so that nothing later needs to know them. */
import { Kind, type DirectiveNode, type InlineFragmentNode, type SelectionNode, type SelectionSetNode } from "graphql";
import type { SelectedOperation } from "./select-operation.ts";

/**
 * The operation's selections under given condition values, as fields and inline fragments without directives. The size is
 * bounded because document limits count fields with fragments expanded.
 */
export function resolveSelections(
  selected: SelectedOperation,
  variables: Readonly<Record<string, unknown>>,
): readonly SelectionNode[] {
  const resolveSet = (set: SelectionSetNode): SelectionNode[] => set.selections.flatMap(resolve);
  const resolve = (node: SelectionNode): SelectionNode[] => {
    if (!isIncluded(node.directives, variables)) return [];
    switch (node.kind) {
      case Kind.FIELD:
        return [
          { ...node, directives: [], ...(node.selectionSet && { selectionSet: setOf(resolveSet(node.selectionSet)) }) },
        ];
      case Kind.INLINE_FRAGMENT:
        return [{ ...node, directives: [], selectionSet: setOf(resolveSet(node.selectionSet)) }];
      case Kind.FRAGMENT_SPREAD: {
        const fragment = selected.fragments.get(node.name.value);
        if (fragment === undefined) return [];
        const inlined: InlineFragmentNode = {
          kind: Kind.INLINE_FRAGMENT,
          typeCondition: fragment.typeCondition,
          selectionSet: setOf(resolveSet(fragment.selectionSet)),
        };
        return [inlined];
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
