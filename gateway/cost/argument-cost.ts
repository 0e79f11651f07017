/** What the arguments of a field cost: weights of arguments, of their types and of fields of input objects. */
import {
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  valueFromASTUntyped,
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
} from "graphql";
import { sumCosts, type Cost } from "./cost.ts";
import type { CostWeights, FieldCosts } from "./cost-weights.ts";
import { hasVariable } from "./list-size.ts";

/** What an input object costs by itself. */
const inputObjectWeight = 1;

/** A field as it is asked for, with what is said of it. */
export interface AskedField {
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  /** More than one where the field may be that of several types. */
  readonly costs: readonly FieldCosts[];
}

export function argumentCosts(weights: CostWeights, { node, field, costs }: AskedField): Cost {
  const all = (node.arguments ?? []).map((given): Cost => {
    const argument = field.args.find(({ name }) => name === given.name.value);
    if (argument === undefined) return 0;
    const own = heaviest(costs.map(({ argumentWeights }) => argumentWeights.get(argument.name)));
    if (own === undefined && isFree(weights, argument.type)) return 0;
    const cost = (variables: Readonly<Record<string, unknown>>): number =>
      inputCost(weights, valueFromASTUntyped(given.value, variables), { type: argument.type, own });
    return hasVariable(given.value) ? cost : cost({});
  });
  return sumCosts(all);
}

export function heaviest(weights: readonly (number | undefined)[]): number | undefined {
  const known = weights.filter((weight) => weight !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function isFree({ types }: CostWeights, type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  return isLeafType(named) && (types.get(named.name) ?? 0) === 0;
}

interface At {
  readonly type: GraphQLInputType;
  /** The weight of the argument or field, which goes before that of its type; once for a list. */
  readonly own: number | undefined;
}

function inputCost(weights: CostWeights, value: unknown, { type, own }: At): number {
  if (value === null || value === undefined) return 0;
  if (isNonNullType(type)) return inputCost(weights, value, { type: type.ofType, own });
  if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const inner: At = { type: type.ofType, own: own === undefined ? undefined : 0 };
    return items.reduce<number>((sum, item) => sum + inputCost(weights, item, inner), own ?? 0);
  }
  if (!isInputObjectType(type)) return own ?? weights.types.get(type.name) ?? 0;
  const fields = type.getFields();
  return Object.entries(value).reduce(
    (sum, [name, inner]) => {
      const field = fields[name];
      if (field === undefined) return sum;
      return (
        sum + inputCost(weights, inner, { type: field.type, own: weights.inputFields.get(`${type.name}.${name}`) })
      );
    },
    own ?? weights.types.get(type.name) ?? inputObjectWeight,
  );
}
