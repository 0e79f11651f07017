/** Arbitrary well-typed expressions and values over the fields of event-fields.ts. */
import fc from "fast-check";
import type { Comparison, Expression, Operand } from "../../../schema/expression/expression.ts";
import type { EventField } from "../../../schema/model/event.ts";
import type { StandardValue } from "../../../schema/model/value.ts";
import { fields } from "./event-fields.ts";

const singles = fields.filter(({ list }) => !list);

/** A value of the field's type; few different ones, so that comparisons often hold. */
function valueOf({ type }: EventField): fc.Arbitrary<Exclude<StandardValue, null>> {
  switch (type.kind) {
    case "enum":
      return fc.constantFrom(...type.values);
    case "id":
    case "string":
      return fc.oneof(fc.constantFrom("a", "b"), fc.string({ unit: "binary", maxLength: 5 }));
    case "boolean":
      return fc.boolean();
    case "float":
      return fc.oneof(
        fc.constantFrom(0, 1.5),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
      );
    case "int":
    case "long":
    case "decimal":
      return fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer());
    case "dateTime":
      return fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 4e12 }));
  }
}

const ordered = new Set(["int", "long", "float", "decimal", "dateTime"]);
const numbers = new Set(["int", "long", "float"]);
const texts = new Set(["id", "string"]);

function comparisonsOf({ type }: EventField): fc.Arbitrary<Comparison> {
  return ordered.has(type.kind) ? fc.constantFrom("=", "!=", "<", "<=", ">", ">=") : fc.constantFrom("=", "!=");
}

function comparable(a: EventField, b: EventField): boolean {
  const both = (kinds: ReadonlySet<string>): boolean => kinds.has(a.type.kind) && kinds.has(b.type.kind);
  return both(numbers) || both(texts) || JSON.stringify(a.type) === JSON.stringify(b.type);
}

function operand({ index, name }: EventField): Operand {
  return { kind: "field", index, name };
}

const single = fc.constantFrom(...singles);

const withLiteral = single.chain((field) =>
  fc.record({ comparison: comparisonsOf(field), value: valueOf(field), isLeft: fc.boolean() }).map((it): Expression => {
    const literal: Operand = { kind: "literal", value: it.value };
    const [left, right] = it.isLeft ? [operand(field), literal] : [literal, operand(field)];
    return { kind: "compare", comparison: it.comparison, left, right };
  }),
);

const withField = single.chain((field) =>
  fc
    .record({
      comparison: comparisonsOf(field),
      other: fc.constantFrom(...singles.filter((other) => comparable(field, other))),
    })
    .map(({ comparison, other }): Expression => {
      return { kind: "compare", comparison, left: operand(field), right: operand(other) };
    }),
);

const inList = single.chain((field) =>
  fc
    .array(valueOf(field), { minLength: 1, maxLength: 4 })
    .map((values): Expression => ({ kind: "in", operand: operand(field), values })),
);

const isNull = fc.constantFrom(...fields).map((field): Expression => ({ kind: "null", operand: operand(field) }));

export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    withLiteral,
    withField,
    inList,
    isNull,
    fc.record({ kind: fc.constant("not" as const), operand: tie("tree") }),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), left: tie("tree"), right: tie("tree") }),
  ),
})).tree;

/** One value a field, often null. */
export const anyValues: fc.Arbitrary<readonly StandardValue[]> = fc.tuple(
  ...fields.map((field) =>
    fc.option(field.list ? fc.array(valueOf(field), { maxLength: 2 }) : valueOf(field), { freq: 3 }),
  ),
);
