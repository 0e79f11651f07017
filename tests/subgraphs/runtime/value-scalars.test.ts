/** The scalars at the graph's edge, and decimals. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseValue } from "graphql";
import type { Int64 } from "../../../schema/model/value.ts";
import { formatDecimal } from "../../../subgraphs/runtime/serialize-value.ts";
import { valueScalars } from "../../../subgraphs/runtime/value-scalars.ts";

const scalar = (name: string): NonNullable<ReturnType<typeof valueScalars.get>> => {
  const found = valueScalars.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe("DateTime", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
        expect(scalar("DateTime").parseValue(scalar("DateTime").serialize(date.getTime()))).toBe(date.getTime());
      }),
    );
  });

  it.each(["2017-11-26", "2017-11-26T09:00:00", "2017-02-30T25:00:00Z", "", 5, null])("refuses %j", (value) => {
    expect(() => scalar("DateTime").parseValue(value)).toThrow("no DateTime");
  });

  it("takes offsets", () => {
    expect(scalar("DateTime").parseValue("2017-11-26T09:00+08:00")).toBe(Date.UTC(2017, 10, 26, 1));
  });
});

describe("Count and Long", () => {
  it("read what they write, as a number while it is safe", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const written = scalar("Count").serialize(value);
        expect(typeof written).toBe(
          Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === value ? "number" : "string",
        );
        expect(BigInt(scalar("Long").parseValue(written) as Int64)).toBe(value);
        expect(BigInt(scalar("Long").parseLiteral(parseValue(String(value))) as Int64)).toBe(value);
      }),
    );
  });

  it.each([1.5, "1.5", "9223372036854775808", "", true])("refuse %j", (value) => {
    expect(() => scalar("Long").parseValue(value)).toThrow("no Long");
  });
});

describe("Decimal", () => {
  it("keeps the text that was given, also of a literal number", () => {
    expect(scalar("Decimal").parseValue("12.50")).toBe("12.50");
    expect(scalar("Decimal").parseLiteral(parseValue("12.50"))).toBe("12.50");
    expect(() => scalar("Decimal").parseValue("1e5")).toThrow("no Decimal");
  });

  it.each([
    [1250, 2, "12.50"],
    [5, 2, "0.05"],
    [-5, 2, "-0.05"],
    [0, 2, "0.00"],
    [7, 0, "7"],
    [123456789012345678901n, 3, "123456789012345678.901"],
  ])("%s at scale %s is %s", (units, scale, text) => {
    expect(formatDecimal(units, scale)).toBe(text);
  });
});
