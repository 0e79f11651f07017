/** The fields that a field is computed from: what its @requires name. Who may not have them may not have it. */
import {
  Kind,
  parse,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { directiveText } from "../planning/directive-text.ts";
import { namedType, rowsOf } from "../planning/graph-reach.ts";

export interface RequiredField {
  readonly type: string;
  readonly field: string;
}

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Fields below interfaces count for each type of theirs, too. */
export function listRequired(
  types: ReadonlyMap<string, FieldsType>,
): (type: string, field: FieldDefinitionNode) => readonly RequiredField[] {
  const implementations = new Map<string, string[]>();
  for (const [name, { interfaces = [] }] of types) {
    for (const parent of interfaces) {
      implementations.set(parent.name.value, [...(implementations.get(parent.name.value) ?? []), name]);
    }
  }
  const list = (set: SelectionSetNode, parent: string): readonly RequiredField[] =>
    set.selections.flatMap((node) => {
      if (node.kind === Kind.FRAGMENT_SPREAD) return [];
      if (node.kind === Kind.INLINE_FRAGMENT) {
        return list(node.selectionSet, node.typeCondition?.name.value ?? parent);
      }
      const owners = [parent, ...(implementations.get(parent) ?? [])];
      const field = types.get(parent)?.fields?.find((one) => one.name.value === node.name.value);
      const below = node.selectionSet && field ? list(node.selectionSet, namedType(field)) : [];
      return [...owners.map((type) => ({ type, field: node.name.value })), ...below];
    });
  return (type, field) =>
    rowsOf(field, "join__field").flatMap((row) => {
      const text = directiveText(row, "requires");
      return text === undefined ? [] : list(selectionsOf(text), type);
    });
}

function selectionsOf(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`No selection of fields: ${text}`);
  return definition.selectionSet;
}
