/** Compiles an expression into one closure over a standardised event's values: the hot path of `where:` and assertions. */
import type { StandardValue } from "../model/value.ts";
import type { Comparison, Expression, Operand } from "./expression.ts";

export type Condition = (values: readonly StandardValue[]) => boolean;

/**
 * Two-valued logic: **every comparison with null is false**, `!=` and `in` included, and `not` turns that false into
 * true. So `city != 'Oslo'` holds for no event without a city, and `not city = 'Oslo'` for every one.
 */
export function compileExpression(expression: Expression): Condition {
  switch (expression.kind) {
    case "and": {
      const [left, right] = [compileExpression(expression.left), compileExpression(expression.right)];
      return (values) => left(values) && right(values);
    }
    case "or": {
      const [left, right] = [compileExpression(expression.left), compileExpression(expression.right)];
      return (values) => left(values) || right(values);
    }
    case "not": {
      const operand = compileExpression(expression.operand);
      return (values) => !operand(values);
    }
    case "null":
      return compileNull(expression.operand);
    case "in":
      return compileIn(expression.operand, expression.values);
    case "compare":
      return compileCompare(expression.comparison, expression.left, expression.right);
  }
}

function compileNull(operand: Operand): Condition {
  if (operand.kind === "literal") return constant(operand.value === null);
  const { index } = operand;
  return (values) => (values[index] ?? null) === null;
}

function compileIn(operand: Operand, list: readonly StandardValue[]): Condition {
  const members = new Set(list.filter((value) => value !== null));
  if (operand.kind === "literal") return constant(operand.value !== null && members.has(operand.value));
  const { index } = operand;
  // Null and undefined are in no list, since the set holds neither.
  return (values) => members.has(values[index] as Exclude<StandardValue, null>);
}

function compileCompare(comparison: Comparison, left: Operand, right: Operand): Condition {
  if (left.kind === "field") {
    return right.kind === "field"
      ? compareFields(comparison, left.index, right.index)
      : compareWithLiteral(comparison, left.index, right.value);
  }
  if (right.kind === "field") return compareWithLiteral(mirrored[comparison], right.index, left.value);
  return constant(compareWithLiteral(comparison, 0, right.value)([left.value]));
}

/** `5 < a` is `a > 5`. */
const mirrored: Readonly<Record<Comparison, Comparison>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** Ordering is only ever asked of numbers and times, which are numbers: the parser sees to it. */
function compareWithLiteral(comparison: Comparison, index: number, literal: StandardValue): Condition {
  if (literal === null) return constant(false);
  const bound = literal as number;
  switch (comparison) {
    case "=":
      return (values) => values[index] === literal;
    case "!=":
      return (values) => isPresent(values[index]) && values[index] !== literal;
    case "<":
      return (values) => isPresent(values[index]) && (values[index] as number) < bound;
    case "<=":
      return (values) => isPresent(values[index]) && (values[index] as number) <= bound;
    case ">":
      return (values) => isPresent(values[index]) && (values[index] as number) > bound;
    case ">=":
      return (values) => isPresent(values[index]) && (values[index] as number) >= bound;
  }
}

function compareFields(comparison: Comparison, left: number, right: number): Condition {
  const present: Condition = (values) => isPresent(values[left]) && isPresent(values[right]);
  switch (comparison) {
    case "=":
      return (values) => present(values) && values[left] === values[right];
    case "!=":
      return (values) => present(values) && values[left] !== values[right];
    case "<":
      return (values) => present(values) && (values[left] as number) < (values[right] as number);
    case "<=":
      return (values) => present(values) && (values[left] as number) <= (values[right] as number);
    case ">":
      return (values) => present(values) && (values[left] as number) > (values[right] as number);
    case ">=":
      return (values) => present(values) && (values[left] as number) >= (values[right] as number);
  }
}

function isPresent(value: StandardValue | undefined): boolean {
  return value !== null && value !== undefined;
}

function constant(result: boolean): Condition {
  return () => result;
}
