/** Compiled conditions: as the naive reading of the tree says, and null in every place. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compileExpression } from "../../../schema/expression/compile-expression.ts";
import type { Expression, Operand } from "../../../schema/expression/expression.ts";
import { parseExpression } from "../../../schema/expression/parse-expression.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import { anyExpression, anyValues } from "./any-expression.ts";
import { fields } from "./event-fields.ts";

/** The definition, read straight from the tree. */
function evaluate(expression: Expression, values: readonly StandardValue[]): boolean {
  const read = (operand: Operand): StandardValue =>
    operand.kind === "literal" ? operand.value : (values[operand.index] ?? null);
  switch (expression.kind) {
    case "and":
      return evaluate(expression.left, values) && evaluate(expression.right, values);
    case "or":
      return evaluate(expression.left, values) || evaluate(expression.right, values);
    case "not":
      return !evaluate(expression.operand, values);
    case "null":
      return read(expression.operand) === null;
    case "in":
      return read(expression.operand) !== null && expression.values.includes(read(expression.operand));
    case "compare": {
      const [left, right] = [read(expression.left), read(expression.right)];
      if (left === null || right === null) return false;
      switch (expression.comparison) {
        case "=":
          return left === right;
        case "!=":
          return left !== right;
        case "<":
          return left < right;
        case "<=":
          return left <= right;
        case ">":
          return left > right;
        case ">=":
          return left >= right;
      }
    }
  }
}

function holds(text: string, value: StandardValue): boolean {
  const reading = parseExpression(text, fields);
  if (reading.kind === "invalid") throw new Error(JSON.stringify(reading.problems));
  return compileExpression(reading.expression)(fields.map(() => value));
}

describe("a compiled expression", () => {
  it("holds exactly where its tree holds", () => {
    fc.assert(
      fc.property(anyExpression, anyValues, (expression, values) => {
        expect(compileExpression(expression)(values)).toBe(evaluate(expression, values));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    "units = 1",
    "units != 1",
    "units < 1",
    "units >= 0",
    "units in (1, 2)",
    "units = total",
    "units != total",
    "paid",
  ])("is false for null: %s", (text) =>
    expect([holds(text, null), holds(`not (${text})`, null)]).toEqual([false, true]),
  );

  it("knows null", () => {
    expect([holds("units is null", null), holds("units is null", 0)]).toEqual([true, false]);
    expect([holds("units is not null", null), holds("units is not null", 0)]).toEqual([false, true]);
  });
});
