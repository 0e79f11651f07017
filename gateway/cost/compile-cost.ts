/** What an operation costs at most, before it runs: each field times how often it comes, by @cost and @listSize. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";
import { argumentCosts, heaviest, type AskedField } from "./argument-cost.ts";
import { largestCost, multiplyCosts, sumCosts, type Cost } from "./cost.ts";
import type { CostWeights, FieldCosts } from "./cost-weights.ts";
import { sizeOf } from "./list-size.ts";

export interface CostModel {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly weights: CostWeights;
  /** How long lists are taken to be of which nothing is said. */
  readonly assumedListSize: number;
}

/** What is written costs more than what is read. */
const mutationWeight = 10;
/** What an object costs of whose type nothing is said; scalars and enums are free. */
const objectWeight = 1;

/** Where selections stand. */
interface Position {
  readonly type: GraphQLCompositeType;
  /** What an object here can be. */
  readonly objects: readonly GraphQLObjectType[];
  /** Lengths of lists here that the field above says. */
  readonly sizes: ReadonlyMap<string, Cost>;
}

const noSizes: ReadonlyMap<string, Cost> = new Map();

/**
 * The cost of an operation's resolved selections (no spreads, no conditions). A field that is written twice counts twice; of
 * type conditions that exclude one another the dearest counts.
 * @throws the error for the client where a slicing argument is missing
 */
export function compileCost(model: CostModel, type: OperationTypeNode, selections: readonly SelectionNode[]): Cost {
  const root = model.schema.getRootType(type);
  if (root == null) return 0;
  const base = type === OperationTypeNode.MUTATION ? mutationWeight : 0;
  return sumCosts([base, selectionsCost(model, selections, { type: root, objects: [root], sizes: noSizes })]);
}

function selectionsCost(model: CostModel, selections: readonly SelectionNode[], at: Position): Cost {
  const common: Cost[] = [];
  const narrowed: { readonly objects: ReadonlySet<GraphQLObjectType>; readonly cost: Cost }[] = [];
  for (const node of selections) {
    if (node.kind === Kind.FIELD) common.push(fieldCost(model, node, at));
    if (node.kind !== Kind.INLINE_FRAGMENT) continue;
    const condition = node.typeCondition && model.schema.getType(node.typeCondition.name.value);
    const type = isCompositeType(condition) ? condition : at.type;
    const objects = at.objects.filter((object) => isOf(object, type, model.schema));
    const cost = selectionsCost(model, node.selectionSet.selections, { ...at, type, objects });
    if (objects.length === at.objects.length) common.push(cost);
    else if (objects.length > 0 && cost !== 0) narrowed.push({ objects: new Set(objects), cost });
  }
  if (narrowed.length === 0) return sumCosts(common);
  const each = at.objects.map((object) =>
    sumCosts(narrowed.flatMap(({ objects, cost }) => (objects.has(object) ? [cost] : []))),
  );
  return sumCosts([...common, largestCost(each)]);
}

function fieldCost(model: CostModel, node: FieldNode, at: Position): Cost {
  const { name } = node;
  const field = isObjectType(at.type) || isInterfaceType(at.type) ? at.type.getFields()[name.value] : undefined;
  if (field === undefined) return 0;
  const asked: AskedField = { node, field, costs: costsOf(model, name.value, at) };
  const weight = heaviest(asked.costs.map((one) => one.weight)) ?? typeWeight(model, field.type);
  const { size, sizes } = sizesOf(model, asked, at);
  const each = sumCosts([weight, belowCost(model, asked, sizes)]);
  // Arguments may have weights below zero, fields as a whole not.
  return largestCost([sumCosts([multiplyCosts(size, each), argumentCosts(model.weights, asked)])]);
}

/** What is said of a field: by an interface's types as well, of which any may be meant. */
function costsOf({ weights }: CostModel, name: string, at: Position): readonly FieldCosts[] {
  const types = isObjectType(at.type) ? [at.type] : [at.type, ...at.objects];
  return types.flatMap((type) => weights.fields.get(`${type.name}.${name}`) ?? []);
}

function typeWeight({ schema, weights }: CostModel, type: GraphQLOutputType): number {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return weights.types.get(named.name) ?? 0;
  return heaviest(objectsOf(named, schema).map(({ name }) => weights.types.get(name) ?? objectWeight)) ?? objectWeight;
}

/** How often the field's value comes, and what the field says of lists below it. */
function sizesOf(
  { assumedListSize }: CostModel,
  asked: AskedField,
  at: Position,
): { readonly size: Cost; readonly sizes: ReadonlyMap<string, Cost> } {
  const listSize = asked.costs.find((one) => one.listSize !== undefined)?.listSize;
  const said = listSize && sizeOf(listSize, asked, assumedListSize);
  const isBelow = listSize !== undefined && listSize.sizedFields.length > 0;
  const sizes = isBelow ? new Map(listSize.sizedFields.map((name) => [name, said ?? assumedListSize])) : noSizes;
  const levels = listLevels(asked.field.type);
  if (levels === 0) return { size: 1, sizes };
  const own = at.sizes.get(asked.node.name.value) ?? (isBelow ? undefined : said) ?? assumedListSize;
  return { size: multiplyCosts(own, assumedListSize ** (levels - 1)), sizes };
}

function belowCost(model: CostModel, { node, field }: AskedField, sizes: ReadonlyMap<string, Cost>): Cost {
  const type = getNamedType(field.type);
  if (node.selectionSet === undefined || !isCompositeType(type)) return 0;
  return selectionsCost(model, node.selectionSet.selections, { type, objects: objectsOf(type, model.schema), sizes });
}

function listLevels(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listLevels(type.ofType);
  return isListType(type) ? 1 + listLevels(type.ofType) : 0;
}

function objectsOf(type: GraphQLCompositeType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}

function isOf(object: GraphQLObjectType, type: GraphQLCompositeType, schema: GraphQLSchema): boolean {
  return object === type || (isAbstractType(type) && schema.isSubType(type, object));
}
