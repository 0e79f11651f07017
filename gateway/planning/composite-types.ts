/** Types on the way through an operation: what a field leads to, and what a type condition leaves. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";

/** A field that holds objects, and their type; undefined for any other. */
export function compositeField(
  parent: GraphQLCompositeType,
  name: string,
): { readonly field: GraphQLField<unknown, unknown>; readonly type: GraphQLCompositeType } | undefined {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  const field = parent.getFields()[name];
  const type = field && getNamedType(field.type);
  return field !== undefined && isCompositeType(type) ? { field, type } : undefined;
}

/** The type that selections under a condition are of: the condition's, unless it says less than the place itself. */
export function narrowed(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  condition: string | undefined,
): GraphQLCompositeType {
  const found = condition === undefined ? undefined : schema.getType(condition);
  return isCompositeType(found) && isNarrowing(schema, type, found) ? found : type;
}

/** Whether objects of a type may be none of the other. */
export function isNarrowing(schema: GraphQLSchema, type: GraphQLCompositeType, to: GraphQLCompositeType): boolean {
  return type !== to && !covers(schema, to, type);
}

/** Whether all objects of `type` meet the condition `by`. */
export function covers(schema: GraphQLSchema, by: GraphQLCompositeType, type: GraphQLCompositeType): boolean {
  if (by === type) return true;
  if (!isAbstractType(by)) return false;
  const possible = new Set<GraphQLObjectType>(schema.getPossibleTypes(by));
  return objectTypes(schema, type).every((object) => possible.has(object));
}

/** What an object of a type can be. */
export function objectTypes(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}
