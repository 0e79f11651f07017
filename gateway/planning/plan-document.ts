/** Writes the document that the planner gets: no introspection, safe aliases, and no selection without a field. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import type { SupergraphTypes } from "../supergraph-types.ts";
import { planKey } from "./response-key.ts";
import { setOf } from "./resolve-selections.ts";

const typenameField: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };

interface TypeSource {
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
}

export interface PlanDocumentSource extends TypeSource {
  readonly operation: OperationDefinitionNode;
}

/** The planner's text for some of an operation's resolved root selections, or undefined if they need no subgraph. */
export function planDocument(source: PlanDocumentSource, selections: readonly SelectionNode[]): string | undefined {
  const root = source.schema.getRootType(source.operation.operation);
  if (root == null) return undefined;
  const at: Position = { type: root, objects: [root] };
  const planned = withoutRootMeta(selections).flatMap((node) => planSelection(node, at, source));
  if (planned.length === 0) return undefined;
  const { name: _name, directives: _directives, ...operation } = source.operation;
  return print({ ...operation, selectionSet: setOf(planned) });
}

/** The planner's selections for some that stand at objects of one type. */
export function planSelectionsOf(
  source: TypeSource,
  type: GraphQLCompositeType,
  selections: readonly SelectionNode[],
): readonly SelectionNode[] {
  const at: Position = { type, objects: objectTypes(type, source.schema) };
  return selections.flatMap((node) => planSelection(node, at, source));
}

/** Root selections without `__schema`, `__type` and `__typename`, which the gateway answers itself. */
function withoutRootMeta(selections: readonly SelectionNode[]): SelectionNode[] {
  return selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return node.name.value.startsWith("__") ? [] : [node];
    if (node.kind !== Kind.INLINE_FRAGMENT) return [];
    const rest = withoutRootMeta(node.selectionSet.selections);
    return rest.length === 0 ? [] : [{ ...node, selectionSet: setOf(rest) }];
  });
}

/** Where selections stand. */
interface Position {
  readonly type: GraphQLCompositeType;
  /** What an object here can be, by all type conditions around it. */
  readonly objects: readonly GraphQLObjectType[];
}

function planSelection(node: SelectionNode, at: Position, source: TypeSource): SelectionNode[] {
  if (node.kind === Kind.FIELD) return [planField(node, at.type, source)];
  if (node.kind !== Kind.INLINE_FRAGMENT) return [];
  const type = conditionType(node, at.type, source.schema);
  const objects = type === at.type ? at.objects : at.objects.filter((object) => includes(type, object, source.schema));
  // The planner cannot plan a selection that it finds to be of no object type at all.
  if (objects.length === 0) return [];
  const selections = node.selectionSet.selections.flatMap((child) => planSelection(child, { type, objects }, source));
  if (selections.length === 0) return [];
  return type === at.type ? selections : [{ ...node, selectionSet: setOf(selections) }];
}

function planField(field: FieldNode, parent: GraphQLCompositeType, source: TypeSource): FieldNode {
  if (field.name.value === "__typename") return typenameField;
  const key = planKey(field, source.types);
  const { alias: _alias, ...unaliased } = field;
  const named: FieldNode = key === field.name.value ? unaliased : { ...field, alias: { kind: Kind.NAME, value: key } };
  if (field.selectionSet === undefined) return named;
  const type = fieldType(field, parent);
  if (type === undefined) return named;
  const at: Position = { type, objects: objectTypes(type, source.schema) };
  const selections = field.selectionSet.selections.flatMap((child) => planSelection(child, at, source));
  // Only where nothing else is left: the planner itself asks for what narrowing needs, and takes a `__typename` in a
  // document for a field of its own, for which it may leave a path that @provides the rest.
  return { ...named, selectionSet: setOf(selections.length === 0 ? [typenameField] : selections) };
}

function objectTypes(type: GraphQLCompositeType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}

function includes(type: GraphQLCompositeType, object: GraphQLObjectType, schema: GraphQLSchema): boolean {
  return type === object || (isAbstractType(type) && schema.isSubType(type, object));
}

function conditionType(
  node: InlineFragmentNode,
  parent: GraphQLCompositeType,
  schema: GraphQLSchema,
): GraphQLCompositeType {
  const type = node.typeCondition && schema.getType(node.typeCondition.name.value);
  return isCompositeType(type) ? type : parent;
}

function fieldType(field: FieldNode, parent: GraphQLCompositeType): GraphQLCompositeType | undefined {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  const type = getNamedType(parent.getFields()[field.name.value]?.type);
  return isCompositeType(type) ? type : undefined;
}
