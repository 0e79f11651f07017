/** Reads one literal, as SDL or an expression writes it, into the standard unit of a field's type. */
import type { ScalarType, StandardValue } from "../model/value.ts";
import { describeType } from "./describe-type.ts";
import { suggest } from "./suggest.ts";

/** What stood in the text, before any type is known. `name` is a bare word: an enum value. */
export type Literal =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "name"; readonly text: string };

export interface Problem {
  readonly reason: string;
  readonly remedy: string;
}

export type LiteralReading =
  { readonly kind: "ok"; readonly value: Exclude<StandardValue, null> } | ({ readonly kind: "invalid" } & Problem);

/** `DateTime` becomes epoch milliseconds, `Decimal` an integer count of its smallest unit. */
export function readLiteral(literal: Literal, type: ScalarType): LiteralReading {
  switch (type.kind) {
    case "id":
    case "string":
      return readText(literal, type);
    case "enum":
      return readEnum(literal, type.name, type.values);
    case "boolean":
      if (literal.kind === "boolean") return ok(literal.value);
      return mismatch(literal, type, "Write true or false, without quotes.");
    case "int":
      return readInteger(literal, type, 2 ** 31);
    case "long":
      return readInteger(literal, type, 2 ** 53);
    case "float":
      if (literal.kind === "number" && Number.isFinite(Number(literal.text))) return ok(Number(literal.text));
      return mismatch(literal, type, "Write a number, without quotes.");
    case "decimal":
      return readDecimal(literal, type);
    case "dateTime":
      return readTime(literal, type);
  }
}

function readText(literal: Literal, type: ScalarType): LiteralReading {
  if (literal.kind === "text") return ok(literal.text);
  const text = literal.kind === "boolean" ? String(literal.value) : literal.text;
  return mismatch(literal, type, `Put it in quotes: '${text}'.`);
}

function readEnum(literal: Literal, name: string, values: readonly string[]): LiteralReading {
  if (literal.kind !== "text" && literal.kind !== "name") {
    return invalid(`${show(literal)} is not a value of ${name}.`, `Use one of ${values.join(", ")}.`);
  }
  if (values.includes(literal.text)) return ok(literal.text);
  const near = suggest(literal.text, values);
  return invalid(
    `${show(literal)} is not a value of ${name}.`,
    `${near === "" ? "" : `${near} `}Its values are ${values.join(", ")}.`,
  );
}

function readInteger(literal: Literal, type: ScalarType, limit: number): LiteralReading {
  if (literal.kind !== "number" || !/^-?\d+$/.test(literal.text)) {
    return mismatch(literal, type, "Write a whole number, without quotes or decimals.");
  }
  const value = Number(literal.text);
  // -0 is written 0, so that equal values have equal bytes.
  if (value < limit && value >= (limit === 2 ** 53 ? 1 - limit : -limit)) return ok(value === 0 ? 0 : value);
  return invalid(
    `${literal.text} does not fit into ${describeType(type)}.`,
    limit === 2 ** 31 ? "Declare the field as Long, or use a smaller number." : "Use a number within ±(2^53 − 1).",
  );
}

function readDecimal(literal: Literal, type: { readonly kind: "decimal"; readonly scale: number }): LiteralReading {
  const text = literal.kind === "number" || literal.kind === "text" ? literal.text : "";
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) return mismatch(literal, type, "Write a plain decimal number, such as 12.50.");
  const [, sign = "", whole = "", fraction = ""] = parts;
  if (fraction.length > type.scale && /[1-9]/.test(fraction.slice(type.scale))) {
    return invalid(
      `${text} has more decimals than the field's scale of ${type.scale}.`,
      type.scale === 0
        ? "Leave the decimals off."
        : `Write at most ${type.scale} decimal${type.scale === 1 ? "" : "s"}, or raise @decimal(scale:).`,
    );
  }
  const units = Number(sign + whole + fraction.slice(0, type.scale).padEnd(type.scale, "0"));
  if (Number.isSafeInteger(units)) return ok(units === 0 ? 0 : units);
  return invalid(`${text} is too large for a decimal of scale ${type.scale}.`, "Use a smaller number or scale.");
}

function readTime(literal: Literal, type: ScalarType): LiteralReading {
  const remedy =
    "Write an ISO-8601 time in quotes, with an offset or Z: '2017-11-25T00:00:00Z', or a date: '2017-11-25'.";
  if (literal.kind !== "text") return mismatch(literal, type, remedy);
  const value = parseIsoTime(literal.text);
  return value === null ? invalid(`${show(literal)} is not a point in time.`, remedy) : ok(value);
}

const isoTime = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d))?$/;

/** Epoch milliseconds of ISO-8601 text with an offset or `Z`, or of a date (midnight UTC); null: not such a text. */
export function parseIsoTime(text: string): number | null {
  const parts = isoTime.exec(text);
  if (parts === null) return null;
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Some engines roll the 30th of February over into March: the date must come back as it was written.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null;
  const time = text.length === 10 ? midnight : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

function ok(value: Exclude<StandardValue, null>): LiteralReading {
  return { kind: "ok", value };
}

function invalid(reason: string, remedy: string): LiteralReading {
  return { kind: "invalid", reason, remedy };
}

function mismatch(literal: Literal, type: ScalarType, remedy: string): LiteralReading {
  return invalid(`${show(literal)} is not ${describeType(type)}.`, remedy);
}

function show(literal: Literal): string {
  if (literal.kind === "text") return JSON.stringify(literal.text);
  return literal.kind === "boolean" ? String(literal.value) : literal.text;
}
