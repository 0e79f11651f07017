/** CollectFields of the specification, over resolved selections: fields that apply to a type, by response key, in order. */
import {
  isAbstractType,
  isUnionType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import { clientKey } from "../planning/response-key.ts";

/**
 * For an object type: what applies to it. For an abstract type: what applies to each of its object types.
 * @see https://spec.graphql.org/October2021/#sec-Field-Collection
 */
export function collectFields(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const collect = (nodes: readonly SelectionNode[]) => {
    for (const node of nodes) {
      if (node.kind === Kind.FIELD) {
        const same = fields.get(clientKey(node));
        if (same === undefined) fields.set(clientKey(node), [node]);
        else same.push(node);
      } else if (node.kind === Kind.INLINE_FRAGMENT && applies(schema, type, node.typeCondition?.name.value)) {
        collect(node.selectionSet.selections);
      }
    }
  };
  collect(selections);
  return fields;
}

function applies(schema: GraphQLSchema, type: GraphQLCompositeType, condition: string | undefined): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = schema.getType(condition);
  return isAbstractType(conditionType) && !isUnionType(type) && schema.isSubType(conditionType, type);
}
