/** Raw values into standardised ones, type by type: what is taken, what is refused, and nothing is rounded in silence. */
import { describe, expect, it } from "@jest/globals";
import { MAX_ID_BYTES, parseIso, Unfit, valueParser } from "../../../ingest/standardize/parse-value.ts";
import type { TimeUnit } from "../../../schema/model/event.ts";
import type { ScalarType } from "../../../schema/model/value.ts";

const refused = Symbol("refused");

function parse(type: ScalarType, raw: unknown, unit: TimeUnit = "iso"): unknown {
  const value = valueParser(type, unit)(raw);
  return value instanceof Unfit ? refused : value;
}

/** Deep enough that a recursive look at it would end in a stack overflow. */
const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) as unknown;
const neverScalars = [
  null,
  undefined,
  {},
  [],
  deep,
  { toString: 1, valueOf: 1 },
  JSON.parse('{"__proto__":{"length":1}}'),
];

const types: readonly ScalarType[] = [
  { kind: "id" },
  { kind: "string" },
  { kind: "int" },
  { kind: "long" },
  { kind: "float" },
  { kind: "boolean" },
  { kind: "dateTime" },
  { kind: "decimal", scale: 2 },
  { kind: "enum", name: "E", values: ["a"] },
];

describe("values of another shape", () => {
  it.each(types)("are refused for $kind, however deep or strange", (type) => {
    for (const raw of neverScalars) expect(parse(type, raw)).toBe(refused);
  });
});

describe("ids", () => {
  const longest = "é".repeat(MAX_ID_BYTES / 2);
  it.each([
    ["42", "42"],
    [42, "42"],
    [-7, "-7"],
    [-0, "0"],
    [2 ** 53 - 1, "9007199254740991"],
    [2 ** 53, refused],
    [1.5, refused],
    [true, refused],
    [longest, longest],
    [`${longest}x`, refused],
    ["a\u0000b", "a\u0000b"],
    ["\ud800", refused],
    ["constructor", "constructor"],
  ])("of %j are %j", (raw, expected) => expect(parse({ kind: "id" }, raw)).toBe(expected));
});

describe("text", () => {
  it.each([
    ["x", "x"],
    ["\u{1f600}", "\u{1f600}"],
    ["\ude00\ud83d", refused],
    [1, refused],
    [false, refused],
  ])("of %j is %j", (raw, expected) => expect(parse({ kind: "string" }, raw)).toBe(expected));
});

describe("whole numbers", () => {
  it.each([
    ["int", 2 ** 31 - 1, 2 ** 31 - 1],
    ["int", 2 ** 31, refused],
    ["int", -(2 ** 31), -(2 ** 31)],
    ["int", -(2 ** 31) - 1, refused],
    ["int", "0012", 12],
    ["int", "+5", 5],
    ["int", "-0", 0],
    ["int", 1.5, refused],
    ["int", "1e3", refused],
    ["int", " 1", refused],
    ["int", "0x10", refused],
    ["int", "", refused],
    ["int", NaN, refused],
    ["int", true, refused],
    ["long", 2 ** 53 - 1, 2 ** 53 - 1],
    ["long", "9007199254740991", 2 ** 53 - 1],
    ["long", "9007199254740993", refused],
    ["long", 2 ** 53, refused],
    ["long", "-9007199254740992", refused],
    ["long", "12345678901234567890123", refused],
  ] as const)("%s of %j is %j", (kind, raw, expected) => expect(parse({ kind }, raw)).toBe(expected));
});

describe("floats and booleans", () => {
  it.each([
    ["float", "1.5", 1.5],
    ["float", ".5", 0.5],
    ["float", "5.", 5],
    ["float", "-1e-3", -0.001],
    ["float", "1e999", refused],
    ["float", "Infinity", refused],
    ["float", "NaN", refused],
    ["float", -0, 0],
    ["float", "1_0", refused],
    ["boolean", "true", true],
    ["boolean", 1, true],
    ["boolean", "0", false],
    ["boolean", false, false],
    ["boolean", "yes", refused],
    ["boolean", 2, refused],
  ] as const)("%s of %j is %j", (kind, raw, expected) => expect(parse({ kind }, raw)).toBe(expected));
});

describe("decimals", () => {
  it.each([
    [2, "12.5", 1250],
    [2, 12.5, 1250],
    [2, "12.50000", 1250],
    [2, "12.505", refused],
    [2, 0.1 + 0.2, refused],
    [2, 0.07, 7],
    [2, 1.005, refused],
    [2, "-0.01", -1],
    [2, "-0.00", 0],
    [2, "+3", 300],
    [2, "90071992547409.91", 2 ** 53 - 1],
    [2, "90071992547409.92", refused],
    [0, "7.0", 7],
    [0, "7.1", refused],
    [9, "0.000000001", 1],
    [2, 1e21, refused],
    [2, 1e-7, refused],
    [2, "1e2", refused],
    [2, ".5", refused],
    [2, "12.", refused],
    [2, "1,000.00", refused],
    [2, "", refused],
  ])("at scale %i of %j are %j", (scale, raw, expected) =>
    expect(parse({ kind: "decimal", scale }, raw)).toBe(expected),
  );

  it("of every cent below 100 are exact as number and as text", () => {
    for (let cents = 0; cents < 10_000; cents++) {
      expect(parse({ kind: "decimal", scale: 2 }, cents / 100)).toBe(cents);
      expect(parse({ kind: "decimal", scale: 2 }, (cents / 100).toFixed(2))).toBe(cents);
    }
  });
});

describe("enums", () => {
  it.each([
    ["a", "a"],
    ["A", refused],
    ["constructor", refused],
    ["__proto__", refused],
    [1, refused],
  ])("of %j are %j", (raw, expected) =>
    expect(parse({ kind: "enum", name: "E", values: ["a", "b"] }, raw)).toBe(expected),
  );
});

describe("times", () => {
  const base = Date.UTC(2017, 10, 25, 1, 21, 10);
  it.each([
    ["2017-11-25T01:21:10Z", base],
    ["2017-11-25t01:21:10z", base],
    ["2017-11-25 01:21:10Z", base],
    ["2017-11-25T01:21:10.123Z", base + 123],
    ["2017-11-25T01:21:10.5Z", base + 500],
    ["2017-11-25T01:21:10.123999999Z", base + 123],
    ["2017-11-25T01:21:10+08:00", base - 8 * 3_600_000],
    ["2017-11-25T01:21:10-0330", base + 3.5 * 3_600_000],
    ["2017-11-25T01:21Z", base - 10_000],
    ["2016-02-29T00:00:00Z", Date.UTC(2016, 1, 29)],
    ["1970-01-01T00:00:00Z", 0],
    ["2099-12-31T23:59:59.999Z", Date.UTC(2100, 0, 1) - 1],
    ["2100-01-01T00:00:00Z", refused],
    ["1969-12-31T23:59:59Z", refused],
    ["0070-01-01T00:00:00Z", refused],
    ["0017-11-25T01:21:10Z", refused],
    ["2017-02-30T00:00:00Z", refused],
    ["2017-02-29T00:00:00Z", refused],
    ["2017-00-10T00:00:00Z", refused],
    ["2017-13-10T00:00:00Z", refused],
    ["2017-11-25T24:00:00Z", refused],
    ["2016-12-31T23:59:60Z", refused],
    ["2017-11-25T01:60:10Z", refused],
    ["2017-11-25T01:21:10+24:00", refused],
    ["2017-11-25T01:21:10+01:60", refused],
    ["2017-11-25T01:21:10", refused],
    ["2017-11-25", refused],
    ["20171125T012110Z", refused],
    [" 2017-11-25T01:21:10Z", refused],
    ["2017-11-25T01:21:10Z\u0000", refused],
    [1511572870, refused],
    ["1511572870", refused],
  ])("in ISO-8601 of %j are %j", (raw, expected) => expect(parse({ kind: "dateTime" }, raw)).toBe(expected));

  it.each([
    ["seconds", 1511572870, base],
    ["seconds", "1511572870", base],
    ["seconds", "1511572870.123", base + 123],
    ["seconds", 1511572870.5, base + 500],
    ["seconds", "2017-11-25T01:21:10Z", base],
    ["seconds", -1, refused],
    ["seconds", "-1", refused],
    ["seconds", 1e300, refused],
    ["seconds", NaN, refused],
    ["seconds", "15115728x0", refused],
    ["milliseconds", base, base],
    ["milliseconds", String(base), base],
    ["microseconds", base * 1000, base],
    ["microseconds", String(base * 1000 + 999), base],
  ] as const)("in %s of %j are %j", (unit, raw, expected) =>
    expect(parse({ kind: "dateTime" }, raw, unit)).toBe(expected),
  );

  it("in microseconds of every whole millisecond are that millisecond", () => {
    for (let at = 0; at < 20_000; at++) {
      const ms = base + at * 7_919;
      expect(parse({ kind: "dateTime" }, ms * 1000, "microseconds")).toBe(ms);
      expect(parse({ kind: "dateTime" }, (ms / 1000).toFixed(3), "seconds")).toBe(ms);
      expect(parseIso(new Date(ms).toISOString())).toBe(ms);
    }
  });
});
