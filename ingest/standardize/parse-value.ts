/** Turns one raw value into a standardised one of a declared scalar type, or says what is wrong with it. */
import type { EventField, TimeUnit } from "../../schema/model/event.ts";
import type { ScalarType, StandardValue } from "../../schema/model/value.ts";

/** What is wrong with a raw value, to follow the field's name: `is not a number`. */
export class Unfit {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export type ValueParser = (raw: unknown) => StandardValue | Unfit;

/** Identifiers longer than this do not fit into store keys. */
export const MAX_ID_BYTES = 256;

/** Gives the parser for a field's type; times are read in the field's unit. */
export function valueParser(type: ScalarType, timeUnit: EventField["timeUnit"]): ValueParser {
  switch (type.kind) {
    case "id":
      return parseId;
    case "string":
      return (raw) => (typeof raw === "string" ? wellFormed(raw) : unfit("is not text", raw));
    case "int":
      return (raw) => parseInteger(raw, -(2 ** 31), 2 ** 31 - 1);
    case "long":
      return (raw) => parseInteger(raw, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case "float":
      return parseFloatValue;
    case "boolean":
      return parseBoolean;
    case "dateTime":
      return (raw) => parseTime(raw, timeUnit);
    case "decimal":
      return (raw) => parseDecimal(raw, type.scale);
    case "enum": {
      const values = new Set(type.values);
      return (raw) =>
        typeof raw === "string" && values.has(raw) ? raw : unfit(`is not one of ${type.values.join(", ")}`, raw);
    }
  }
}

function unfit(reason: string, raw: unknown): Unfit {
  const shown = typeof raw === "object" ? (Array.isArray(raw) ? "a list" : "an object") : JSON.stringify(raw);
  return new Unfit(`${reason}: ${(shown ?? "nothing").slice(0, 80)}`);
}

function wellFormed(text: string): string | Unfit {
  return text.isWellFormed() ? text : unfit("has half a surrogate pair", text);
}

function parseId(raw: unknown): string | Unfit {
  if (typeof raw === "number" && Number.isSafeInteger(raw)) return String(raw);
  if (typeof raw !== "string") return unfit("is not an identifier", raw);
  return fitsKey(raw) ?? wellFormed(raw);
}

/** What is wrong with text that is to be part of a key, or null: it may have {@link MAX_ID_BYTES}. */
export function fitsKey(text: string): Unfit | null {
  if (text.length <= MAX_ID_BYTES / 3 || Buffer.byteLength(text) <= MAX_ID_BYTES) return null;
  return unfit(`is longer than ${String(MAX_ID_BYTES)} bytes`, text);
}

const integerText = /^[+-]?\d{1,19}$/;

function parseInteger(raw: unknown, least: number, greatest: number): number | Unfit {
  const value = typeof raw === "number" ? raw : typeof raw === "string" && integerText.test(raw) ? Number(raw) : NaN;
  if (!Number.isInteger(value)) return unfit("is not a whole number", raw);
  if (value < least || value > greatest) return unfit(`is not between ${String(least)} and ${String(greatest)}`, raw);
  return value === 0 ? 0 : value;
}

const floatText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function parseFloatValue(raw: unknown): number | Unfit {
  const value = typeof raw === "number" ? raw : typeof raw === "string" && floatText.test(raw) ? Number(raw) : NaN;
  return Number.isFinite(value) ? (value === 0 ? 0 : value) : unfit("is not a number", raw);
}

function parseBoolean(raw: unknown): boolean | Unfit {
  if (raw === true || raw === "true" || raw === "1" || raw === 1) return true;
  if (raw === false || raw === "false" || raw === "0" || raw === 0) return false;
  return unfit("is not true or false", raw);
}

const decimalText = /^([+-]?)(\d{1,16})(?:\.(\d+))?$/;

/** Exact: 12.5 at scale 2 is 1250. More decimal places than the scale are refused, not rounded. */
function parseDecimal(raw: unknown, scale: number): number | Unfit {
  const match = typeof raw === "number" || typeof raw === "string" ? decimalText.exec(String(raw)) : null;
  if (match === null) return unfit("is not a decimal number", raw);
  const [, sign = "", whole = "0", places = ""] = match;
  const kept = places.replace(/0+$/, "");
  if (kept.length > scale) return unfit(`has more than ${String(scale)} decimal places`, raw);
  const value = Number(sign + whole + kept.padEnd(scale, "0"));
  return Number.isSafeInteger(value) ? (value === 0 ? 0 : value) : unfit("is out of range", raw);
}

/** Milliseconds in one unit. */
const unitMs: Readonly<Record<Exclude<TimeUnit, "iso">, number>> = {
  seconds: 1000,
  milliseconds: 1,
  microseconds: 0.001,
};
const isoText = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const numberText = /^\d{1,17}(\.\d+)?$/;
/** Times outside are refused: buckets and columns hold [1970, 2100). */
const LEAST_TIME = 0;
const TIME_END = Date.UTC(2100, 0, 1);

function parseTime(raw: unknown, unit: TimeUnit): number | Unfit {
  let ms: number;
  if (unit !== "iso" && (typeof raw === "number" || (typeof raw === "string" && numberText.test(raw)))) {
    ms = Math.floor(Number(raw) * unitMs[unit]);
  } else if (typeof raw === "string") ms = parseIso(raw);
  else return unfit("is not a time", raw);
  if (Number.isNaN(ms))
    return unfit(unit === "iso" ? "is not an ISO-8601 time with an offset or Z" : "is not a time", raw);
  return ms >= LEAST_TIME && ms < TIME_END ? ms : unfit("is not between 1970 and 2100", raw);
}

/** Milliseconds, or NaN: for text of another form, a day that its month does not have, 24:00 and leap seconds. */
export function parseIso(text: string): number {
  const match = isoText.exec(text);
  if (match === null) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return NaN;
  const [h = 0, m = 0, s = 0] = [hour, minute, second];
  const millis = Math.floor(Number(`0.${match[7] ?? "0"}`) * 1000);
  const utc = Date.UTC(year, month - 1, day, h, m, s, millis);
  const date = new Date(utc);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (h > 23 || m > 59 || s > 59 || offsetHours > 23 || offsetMinutes > 59) return NaN;
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return match[8] === "-" ? utc + offset : utc - offset;
}
