/** Gives a parsed expression its types: names become fields or enum values, literals the field's standard unit. */
import type { EventField } from "../model/event.ts";
import type { ScalarType, StandardValue } from "../model/value.ts";
import { describeType } from "./describe-type.ts";
import type { Comparison, Expression, Operand } from "./expression.ts";
import type { Syntax, SyntaxOperand } from "./parse-syntax.ts";
import { readLiteral } from "./read-literal.ts";
import { suggest } from "./suggest.ts";
import type { ExpressionProblem } from "./tokenize.ts";

interface Scope {
  readonly fields: ReadonlyMap<string, EventField>;
  readonly problems: ExpressionProblem[];
}

/** Null where there are problems, which are all collected: one mistake does not hide another. */
export function checkExpression(
  syntax: Syntax,
  fields: readonly EventField[],
  problems: ExpressionProblem[],
): Expression | null {
  return check(syntax, { fields: new Map(fields.map((field) => [field.name, field])), problems });
}

function check(syntax: Syntax, scope: Scope): Expression | null {
  switch (syntax.kind) {
    case "and":
    case "or": {
      const left = check(syntax.left, scope);
      const right = check(syntax.right, scope);
      return left && right && { kind: syntax.kind, left, right };
    }
    case "not": {
      const operand = check(syntax.operand, scope);
      return operand && { kind: "not", operand };
    }
    case "null": {
      const field = fieldOf(syntax.operand, scope);
      if (field === null) return null;
      const test: Expression = { kind: "null", operand: operandOf(field) };
      return syntax.negated ? { kind: "not", operand: test } : test;
    }
    case "bare":
      return checkBare(syntax.operand, scope);
    case "in":
      return checkIn(syntax.operand, syntax.values, scope);
    case "compare":
      return checkCompare(syntax, scope);
  }
}

/** A Boolean field alone means `field = true`. */
function checkBare(operand: SyntaxOperand, scope: Scope): Expression | null {
  const field = fieldOf(operand, scope);
  if (field === null) return null;
  if (field.type.kind === "boolean" && !field.list) {
    return { kind: "compare", comparison: "=", left: operandOf(field), right: { kind: "literal", value: true } };
  }
  const remedy = `Compare it: ${field.name} = …, ${field.name} in (…), or ${field.name} is not null.`;
  return problem(scope, operand, `"${field.name}" alone is no condition.`, remedy);
}

function checkIn(operand: SyntaxOperand, values: readonly SyntaxOperand[], scope: Scope): Expression | null {
  const field = fieldOf(operand, scope);
  if (field === null || !isSingle(field, operand, scope)) return null;
  const read = values.map((value) => literalOf(value, field.type, scope));
  const found = read.filter((value) => value !== null);
  return found.length < read.length ? null : { kind: "in", operand: operandOf(field), values: found };
}

function checkCompare(syntax: Extract<Syntax, { kind: "compare" }>, scope: Scope): Expression | null {
  const { comparison, left, right } = syntax;
  const leftField = asField(left, right, scope);
  const rightField = asField(right, left, scope);
  if (leftField === undefined && rightField === undefined) {
    const unknown = [left, right].find(({ kind }) => kind === "name");
    if (unknown !== undefined) fieldOf(unknown, scope);
    else problem(scope, left, "Both sides are constants.", "One side must be a field of the event.");
    return null;
  }
  const field = leftField ?? rightField;
  if (field === undefined || !isSingle(field, leftField ? left : right, scope)) return null;
  if (!isOrdered(comparison, field, syntax.column, scope)) return null;
  if (leftField !== undefined && rightField !== undefined) {
    if (!isSingle(rightField, right, scope) || !areComparable(leftField, rightField, right, scope)) return null;
    return { kind: "compare", comparison, left: operandOf(leftField), right: operandOf(rightField) };
  }
  const value = literalOf(leftField === undefined ? left : right, field.type, scope);
  if (value === null) return null;
  const literal: Operand = { kind: "literal", value };
  return leftField === undefined
    ? { kind: "compare", comparison, left: literal, right: operandOf(field) }
    : { kind: "compare", comparison, left: operandOf(field), right: literal };
}

/** A name is the other side's enum value where that fits, and otherwise a field. */
function asField(operand: SyntaxOperand, other: SyntaxOperand, scope: Scope): EventField | undefined {
  if (operand.kind !== "name") return undefined;
  const field = scope.fields.get(operand.text);
  const otherType = other.kind === "name" ? scope.fields.get(other.text)?.type : undefined;
  const isEnumValue = otherType?.kind === "enum" && otherType.values.includes(operand.text);
  return isEnumValue && !(field?.type.kind === "enum" && field.type.name === otherType.name) ? undefined : field;
}

function fieldOf(operand: SyntaxOperand, scope: Scope): EventField | null {
  if (operand.kind !== "name") {
    return problem(scope, operand, "A field belongs here, not a constant.", `Fields: ${names(scope)}.`);
  }
  const field = scope.fields.get(operand.text);
  if (field !== undefined) return field;
  const near = suggest(operand.text, scope.fields.keys());
  const remedy = `${near === "" ? "" : `${near} `}Fields: ${names(scope)}.`;
  return problem(scope, operand, `"${operand.text}" is not a field of the event.`, remedy);
}

function isSingle(field: EventField, operand: SyntaxOperand, scope: Scope): boolean {
  if (!field.list) return true;
  problem(scope, operand, `"${field.name}" is a list.`, 'A list can only be tested with "is null" or "is not null".');
  return false;
}

const orderedKinds: ReadonlySet<ScalarType["kind"]> = new Set(["int", "long", "float", "decimal", "dateTime"]);

function isOrdered(comparison: Comparison, field: EventField, column: number, scope: Scope): boolean {
  if (comparison === "=" || comparison === "!=" || orderedKinds.has(field.type.kind)) return true;
  const reason = `"${comparison}" orders numbers and times, but "${field.name}" is ${describeType(field.type)}.`;
  scope.problems.push({ column, reason, remedy: 'Use "=", "!=" or "in (…)".' });
  return false;
}

const numberKinds: ReadonlySet<ScalarType["kind"]> = new Set(["int", "long", "float"]);
const textKinds: ReadonlySet<ScalarType["kind"]> = new Set(["id", "string"]);

function areComparable(left: EventField, right: EventField, at: SyntaxOperand, scope: Scope): boolean {
  const [a, b] = [left.type, right.type];
  const both = (kinds: ReadonlySet<string>): boolean => kinds.has(a.kind) && kinds.has(b.kind);
  const same =
    a.kind === "enum"
      ? b.kind === "enum" && a.name === b.name
      : a.kind === "decimal"
        ? b.kind === "decimal" && a.scale === b.scale
        : a.kind === b.kind;
  if (same || both(numberKinds) || both(textKinds)) return true;
  const reason = `"${left.name}" is ${describeType(a)}, but "${right.name}" is ${describeType(b)}.`;
  problem(scope, at, reason, "Compare fields of one type (and, for Decimal, of one scale).");
  return false;
}

function literalOf(operand: SyntaxOperand, type: ScalarType, scope: Scope): Exclude<StandardValue, null> | null {
  const reading = readLiteral(operand, type);
  if (reading.kind === "ok") return reading.value;
  const isUnknownName = operand.kind === "name" && type.kind !== "enum";
  return isUnknownName && suggest(operand.text, scope.fields.keys()) !== ""
    ? fieldOf(operand, scope) && null
    : problem(scope, operand, reading.reason, reading.remedy);
}

function operandOf(field: EventField): Operand {
  return { kind: "field", index: field.index, name: field.name };
}

function names(scope: Scope): string {
  return [...scope.fields.keys()].join(", ");
}

function problem(scope: Scope, at: SyntaxOperand, reason: string, remedy: string): null {
  scope.problems.push({ column: at.column, reason, remedy });
  return null;
}
