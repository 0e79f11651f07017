/** The condition language: what it reads, how it is written back, and what it says about mistakes. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { expressionText, printExpression } from "../../../schema/expression/expression-text.ts";
import { parseExpression } from "../../../schema/expression/parse-expression.ts";
import { anyExpression } from "./any-expression.ts";
import { fields } from "./event-fields.ts";

function textOf(text: string): string {
  const reading = parseExpression(text, fields);
  return reading.kind === "ok" ? expressionText(reading.expression) : JSON.stringify(reading.problems);
}

describe("an expression", () => {
  it.each([
    ["kind = retail", 'kind = "retail"'],
    ["kind = 'retail'", 'kind = "retail"'],
    ["retail = kind", '"retail" = kind'],
    ["kind = units", 'kind = "units"'],
    ["units = total", "units = total"],
    ["kind in (retail, 'whole')", 'kind in ("retail", "whole")'],
    ["units > 1 and units < 9 or paid", "((units > 1 and units < 9) or paid = true)"],
    ["units > 1 and (units < 9 or paid)", "(units > 1 and (units < 9 or paid = true))"],
    ["not paid and not not units = -3", "(not paid = true and not not units = -3)"],
    ["NOT (paid OR units IS NOT NULL)", "not (paid = true or not units is null)"],
    ["tags is null", "tags is null"],
    ["amount >= 12.5", "amount >= 1250"],
    ["amount = '0.10'", "amount = 10"],
    ["amount = 12.500", "amount = 1250"],
    ["at >= '2017-11-25T08:00:00+08:00'", `at >= ${Date.UTC(2017, 10, 25)}`],
    ['at < "2017-11-25"', `at < ${Date.UTC(2017, 10, 25)}`],
    ["rate<1.5e-3", "rate < 0.0015"],
    ["units != -0", "units != 0"],
    ["paid = false", "paid = false"],
    [String.raw`city = 'it\'s "here" \\ \n'`, String.raw`city = "it's \"here\" \\ \n"`],
    ['city = "it\'s"', 'city = "it\'s"'],
    ["city = buyer", "city = buyer"],
    ["units in (1, 2)", "units in (1, 2)"],
  ])("%s is read", (text, canonical) => expect(textOf(text)).toBe(canonical));

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(parseExpression(printExpression(expression, fields), fields)).toEqual({ kind: "ok", expression });
      }),
    );
  });

  it("has equal canonical texts only where it is equal", () => {
    fc.assert(
      fc.property(anyExpression, anyExpression, (a, b) => {
        expect(expressionText(a) === expressionText(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it("is never a reason to throw", () => {
    const words = [
      "kind",
      "units",
      "and",
      "or",
      "not",
      "in",
      "is",
      "null",
      "(",
      ")",
      ",",
      "=",
      "<",
      "'a'",
      "1",
      "x",
      '"',
      "$",
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(text, (it) => {
        const reading = parseExpression(it, fields);
        if (reading.kind === "invalid") expect(reading.problems).not.toHaveLength(0);
      }),
      { numRuns: 2000 },
    );
  });
});

const allFields = "Fields: kind, city, buyer, units, total, rate, amount, fee, paid, at, tags.";

describe("a mistake in an expression is told with column, reason and remedy:", () => {
  it.each([
    ["", 1, "The condition ends too early.", "A field name or a value belongs here."],
    ["unit > 1", 1, '"unit" is not a field of the event.', `Did you mean "units"? ${allFields}`],
    [
      "kind = retial",
      8,
      "retial is not a value of Kind.",
      'Did you mean "retail"? Its values are retail, whole, units.',
    ],
    ["kind = 1", 8, "1 is not a value of Kind.", "Use one of retail, whole, units."],
    ["units = '1'", 9, '"1" is not an Int.', "Write a whole number, without quotes or decimals."],
    ["units = 1.5", 9, "1.5 is not an Int.", "Write a whole number, without quotes or decimals."],
    [
      "units = 3000000000",
      9,
      "3000000000 does not fit into an Int.",
      "Declare the field as Long, or use a smaller number.",
    ],
    ["total > 9007199254740993", 9, "9007199254740993 does not fit into a Long.", "Use a number within ±(2^53 − 1)."],
    ["city = Oslo", 8, "Oslo is not a String.", "Put it in quotes: 'Oslo'."],
    ["buyer = 42", 9, "42 is not an ID.", "Put it in quotes: '42'."],
    [
      "amount = 1.005",
      10,
      "1.005 has more decimals than the field's scale of 2.",
      "Write at most 2 decimals, or raise @decimal(scale:).",
    ],
    [
      "amount = fee",
      10,
      '"amount" is a Decimal of scale 2, but "fee" is a Decimal of scale 3.',
      "Compare fields of one type (and, for Decimal, of one scale).",
    ],
    ["kind > retail", 6, '">" orders numbers and times, but "kind" is a value of Kind.', 'Use "=", "!=" or "in (…)".'],
    [
      "at > '2017-02-30'",
      6,
      '"2017-02-30" is not a point in time.',
      "Write an ISO-8601 time in quotes, with an offset or Z: '2017-11-25T00:00:00Z', or a date: '2017-11-25'.",
    ],
    [
      "at > '2017-11-25T00:00:00'",
      6,
      '"2017-11-25T00:00:00" is not a point in time.',
      "Write an ISO-8601 time in quotes, with an offset or Z: '2017-11-25T00:00:00Z', or a date: '2017-11-25'.",
    ],
    ["tags = 'a'", 1, '"tags" is a list.', 'A list can only be tested with "is null" or "is not null".'],
    ["units", 1, '"units" alone is no condition.', "Compare it: units = …, units in (…), or units is not null."],
    ["1 = 1", 1, "Both sides are constants.", "One side must be a field of the event."],
    ["'a' is null", 1, "A field belongs here, not a constant.", allFields],
    ["units = null", 9, "Nothing compares with null.", 'Write "is null" or "is not null".'],
    ["units is 1", 10, '"is" goes with "null" only.', 'Write "is null", "is not null" or "=".'],
    ["units not in (1)", 7, '"not" stands before a whole condition.', 'Write "not field in (…)".'],
    ["units in 1", 10, '"in" takes a list in parentheses.', "Write in (a, b)."],
    ["units == 1", 7, '"==" is not known here.', 'Write "=".'],
    ["paid && paid", 6, '"&&" is not known here.', 'Write "and".'],
    ["city = 'Oslo", 8, "This text has no end.", "Close it with '."],
    ["(paid or paid", 14, "A closing parenthesis is missing.", "Close the one at column 1."],
    ["paid paid", 6, '"paid" is not expected here.', 'Join conditions with "and" or "or".'],
    ["units > $1", 9, '"$" has no meaning here.', "Text goes in quotes."],
    [`${"(".repeat(70)}paid`, 66, "The condition is nested too deeply.", "Write it flatter."],
  ])("%s", (text, column, reason, remedy) => {
    expect(parseExpression(text, fields)).toEqual({ kind: "invalid", problems: [{ column, reason, remedy }] });
  });

  it("all of them at once", () => {
    const reading = parseExpression("unit > 1 and kind = retial or amount = 1.005", fields);
    expect(reading.kind === "invalid" && reading.problems.map(({ column }) => column)).toEqual([1, 21, 40]);
  });
});
