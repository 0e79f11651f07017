/** How Onefold's scalars are written and read at the graph's edge. Inside: times in epoch ms, integers as `Int64`. */
import { GraphQLScalarType, Kind, type GraphQLScalarTypeConfig, type ValueNode } from "graphql";
import { normalizeInt64, type Int64 } from "../../schema/model/value.ts";
import { inputInvalid } from "./input-invalid.ts";

type Scalar = Pick<GraphQLScalarTypeConfig<unknown, unknown>, "serialize" | "parseValue" | "parseLiteral">;

/** A date and time with `Z` or an offset; seconds and their fraction may be left out. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const decimal = /^-?\d+(\.\d+)?$/;
const integer = /^-?\d+$/;
const int64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n };

/** `2017-11-26T01:00:00.000Z`, always UTC with milliseconds. */
const dateTime: Scalar = {
  serialize(value) {
    if (typeof value !== "number") throw new TypeError("A DateTime is held as epoch milliseconds.");
    return new Date(value).toISOString();
  },
  ...parsedBy((value) => {
    const ms = typeof value === "string" && instant.test(value) ? Date.parse(value) : NaN;
    if (Number.isNaN(ms)) throw refusal("DateTime", value, "Write an ISO-8601 instant: 2017-11-26T01:00:00Z.");
    return ms;
  }),
};

/** A number up to 2^53 − 1, beyond that a string of digits. */
const long: Scalar = {
  serialize(value) {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    if (typeof value === "bigint") return writeInt64(normalizeInt64(value));
    throw new TypeError("A Long is held as an integer.");
  },
  ...parsedBy((value) => {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    const big = typeof value === "string" && integer.test(value) ? BigInt(value) : null;
    if (big !== null && big >= int64.least && big <= int64.greatest) return normalizeInt64(big);
    throw refusal("Long", value, "Write an integer of at most 64 bits; beyond 2^53 as a string of digits.");
  }),
};

/** Fields give it as text already, since only they know its scale. */
const exactDecimal: Scalar = {
  serialize(value) {
    if (typeof value !== "string") throw new TypeError("A Decimal is written by its field.");
    return value;
  },
  ...parsedBy((value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && decimal.test(text)) return text;
    throw refusal("Decimal", value, 'Write a decimal number as text: "12.50".');
  }),
};

/** By name, as resolvers: a subgraph takes those that its SDL has. */
export const valueScalars: ReadonlyMap<string, GraphQLScalarType> = new Map(
  Object.entries({ DateTime: dateTime, Long: long, Count: long, Decimal: exactDecimal }).map(([name, scalar]) => [
    name,
    new GraphQLScalarType({ name, ...scalar }),
  ]),
);

function writeInt64(value: Int64): number | string {
  return typeof value === "number" ? value : value.toString();
}

/** One reading for variables and for literals: numbers in a document keep their text. */
function parsedBy(parse: (value: unknown) => unknown): Pick<Scalar, "parseValue" | "parseLiteral"> {
  return {
    parseValue: parse,
    parseLiteral: (node) => parse(literalValue(node)),
  };
}

function literalValue(node: ValueNode): unknown {
  if (node.kind === Kind.INT && Number.isSafeInteger(Number(node.value))) return Number(node.value);
  return node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : undefined;
}

function refusal(scalar: string, value: unknown, remedy: string): Error {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : typeof value;
  return inputInvalid(`${shown} is no ${scalar}.`, remedy);
}
