/** How long a list is taken to be, by @listSize and the arguments of a field. */
import { Kind, valueFromASTUntyped, type ValueNode } from "graphql";
import type { JsonObject } from "../execution/execution-state.ts";
import type { AskedField } from "./argument-cost.ts";
import type { Cost } from "./cost.ts";
import { costError } from "./cost-error.ts";
import type { ListSize } from "./cost-weights.ts";

/**
 * The size that the directive gives, or else `usual`. Throws the error for the client, at once or once variables are known,
 * where one slicing argument is required and there is none, or another.
 */
export function sizeOf(listSize: ListSize, { node, field }: AskedField, usual: number): Cost {
  const { slicingArguments, requireOneSlicingArgument } = listSize;
  const assumed = listSize.assumedSize ?? usual;
  const slicing = slicingArguments.map((name) => ({
    given: node.arguments?.find((one) => one.name.value === name)?.value,
    byDefault: field.args.find((one) => one.name === name)?.defaultValue,
  }));
  if (slicing.length === 0) return assumed;
  const size = (variables: JsonObject): number => {
    const given = slicing.flatMap(({ given: value }) => (value ? lengths(valueFromASTUntyped(value, variables)) : []));
    const sizes = given.length > 0 ? given : slicing.flatMap(({ byDefault }) => lengths(byDefault));
    if (requireOneSlicingArgument && sizes.length !== 1) {
      const names = slicingArguments.join(", ");
      throw costError(`The field "${node.name.value}" must have exactly one of the arguments ${names}.`);
    }
    return sizes.length > 0 ? Math.max(...sizes) : assumed;
  };
  return slicing.some(({ given }) => given !== undefined && hasVariable(given)) ? size : size({});
}

function lengths(value: unknown): number[] {
  return typeof value === "number" ? [Math.max(0, value)] : [];
}

export function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return true;
  if (node.kind === Kind.LIST) return node.values.some(hasVariable);
  return node.kind === Kind.OBJECT && node.fields.some(({ value }) => hasVariable(value));
}
