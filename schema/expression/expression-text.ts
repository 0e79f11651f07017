/** Writes an expression as text: canonical, for comparing definitions; or as an author would, so that it parses again. */
import type { EventField } from "../model/event.ts";
import type { StandardValue } from "../model/value.ts";
import type { Expression, Operand } from "./expression.ts";

type WriteLiteral = (value: StandardValue, beside: Operand | null) => string;

/**
 * Equal text means equal conditions on equal fields. Fully parenthesised; values stand in their standard units (a time
 * as milliseconds), so it does not depend on how the author wrote them.
 */
export function expressionText(expression: Expression): string {
  return write(expression, (value) => JSON.stringify(value));
}

/** Text that `parseExpression` reads back into the same tree, given the same fields. */
export function printExpression(expression: Expression, fields: readonly EventField[]): string {
  return write(expression, (value, beside) => {
    const field = beside?.kind === "field" ? fields[beside.index] : undefined;
    return field === undefined ? JSON.stringify(value) : printLiteral(value, field);
  });
}

function write(expression: Expression, literal: WriteLiteral): string {
  const operand = (it: Operand, beside: Operand): string => (it.kind === "field" ? it.name : literal(it.value, beside));
  switch (expression.kind) {
    case "and":
    case "or":
      return `(${write(expression.left, literal)} ${expression.kind} ${write(expression.right, literal)})`;
    case "not":
      return `not ${write(expression.operand, literal)}`;
    case "null":
      return `${operand(expression.operand, expression.operand)} is null`;
    case "in": {
      const list = expression.values.map((value) => literal(value, expression.operand));
      return `${operand(expression.operand, expression.operand)} in (${list.join(", ")})`;
    }
    case "compare": {
      const { comparison, left, right } = expression;
      return `${operand(left, right)} ${comparison} ${operand(right, left)}`;
    }
  }
}

function printLiteral(value: StandardValue, field: EventField): string {
  if (field.type.kind === "dateTime" && typeof value === "number") return `'${new Date(value).toISOString()}'`;
  if (field.type.kind === "decimal" && typeof value === "number") return printDecimal(value, field.type.scale);
  if (typeof value !== "string") return JSON.stringify(value);
  return `'${value.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")}'`;
}

function printDecimal(units: number, scale: number): string {
  const digits = String(Math.abs(units)).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return (units < 0 ? "-" : "") + (scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`);
}
