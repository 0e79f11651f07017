/** Compiles one declared field into a function from raw record to standardised value: path, normalise, map, default, type, rules. */
import type { EventField, FieldAssertion, Normalizer, Rejection } from "../../schema/model/event.ts";
import type { ScalarType, StandardValue } from "../../schema/model/value.ts";
import { Unfit, valueParser, type ValueParser } from "./parse-value.ts";
import type { RawRecord } from "./raw-record.ts";

export type FieldStandardizer = (record: RawRecord) => StandardValue | Rejection;

/** `eventName` prefixes the names of rules: `UserBehavior.itemId:type`. */
export function compileField(
  eventName: string,
  field: EventField,
  columns: readonly string[] | null,
): FieldStandardizer {
  const read = compileRead(field, columns);
  const prepare = compilePrepare(field);
  const parse = field.list
    ? listParser(valueParser(field.type, field.timeUnit))
    : valueParser(field.type, field.timeUnit);
  const check = compileAssertions(field);
  const rule = `${eventName}.${field.name}`;
  const missing = { rule: `${rule}:missing`, reason: `${field.name} (raw: ${field.path.join(".")}) is missing.` };
  const absent = field.defaultValue ?? null;
  return (record) => {
    const raw = prepare(read(record));
    if (raw === undefined || raw === null || raw === "") {
      return absent === null && !field.nullable ? missing : absent;
    }
    const value = parse(raw);
    if (value instanceof Unfit) return { rule: `${rule}:type`, reason: `${field.name} ${value.reason}.` };
    return check === null ? value : (check(value) ?? value);
  };
}

function compileRead(field: EventField, columns: readonly string[] | null): (record: RawRecord) => unknown {
  if (columns !== null) {
    const named = columns.indexOf(field.path.join("."));
    const column = named < 0 ? columns.indexOf(field.name) : named;
    return (record) => (record.kind === "csv" ? record.cells[column] : undefined);
  }
  const [first = field.name, ...rest] = field.path;
  const { name } = field;
  return (record) => {
    if (record.kind !== "json") return undefined;
    let value = own(record.object, first);
    for (const segment of rest) value = typeof value === "object" && value !== null ? own(value, segment) : undefined;
    return value === undefined ? own(record.object, name) : value;
  };
}

/** An own property; what every object inherits (`constructor`) is not input. */
function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

const normalizers: Readonly<Record<Normalizer, (text: string) => string>> = {
  trim: (text) => text.trim(),
  lowercase: (text) => text.toLowerCase(),
  uppercase: (text) => text.toUpperCase(),
  "collapse-whitespace": (text) => text.replace(/\s+/gu, " "),
  "digits-only": (text) => text.replace(/\D+/gu, ""),
};

function compilePrepare(field: EventField): (raw: unknown) => unknown {
  const steps = field.normalize.map((step) => normalizers[step]);
  const map = field.map === null ? null : new Map(Object.entries(field.map));
  if (steps.length === 0 && map === null) return (raw) => raw;
  const one = (raw: unknown): unknown => {
    const text = typeof raw === "number" || typeof raw === "boolean" ? String(raw) : raw;
    if (typeof text !== "string") return raw;
    const normal = steps.reduce((value, step) => step(value), text);
    return map?.get(normal) ?? (steps.length === 0 ? raw : normal);
  };
  return (raw) => (Array.isArray(raw) ? raw.map(one) : one(raw));
}

function listParser(parse: ValueParser): ValueParser {
  return (raw) => {
    if (!Array.isArray(raw)) return new Unfit("is not a list");
    const values: StandardValue[] = [];
    for (const element of raw as unknown[]) {
      const value = element === null ? new Unfit("has an element that is null") : parse(element);
      if (value instanceof Unfit) return value;
      values.push(value);
    }
    return values;
  };
}

function compileAssertions({ type, assertions }: EventField): ((value: StandardValue) => Rejection | null) | null {
  if (assertions.length === 0) return null;
  const checks = assertions.map((assertion) => ({ holds: compileAssertion(assertion), assertion }));
  return (value) => {
    for (const { holds, assertion } of checks) {
      const values = Array.isArray(value) ? (value as readonly StandardValue[]) : [value];
      const broken = values.find((one) => !holds(one));
      if (broken !== undefined) return { rule: assertion.rule, reason: explain(assertion, type, broken) };
    }
    return null;
  };
}

function compileAssertion(assertion: FieldAssertion): (value: StandardValue) => boolean {
  switch (assertion.kind) {
    case "matches": {
      const pattern = new RegExp(assertion.pattern, "u");
      return (value) => typeof value === "string" && pattern.test(value);
    }
    case "min":
      return (value) => typeof value === "number" && value >= assertion.bound;
    case "max":
      return (value) => typeof value === "number" && value <= assertion.bound;
    case "length":
      return (value) => typeof value === "string" && value.length <= assertion.max;
    case "oneOf": {
      const values = new Set(assertion.values);
      return (value) => values.has(value);
    }
  }
}

function explain(assertion: FieldAssertion, type: ScalarType, value: StandardValue): string {
  const shown = showValue(type, value).slice(0, 80);
  const name = assertion.rule.slice(assertion.rule.indexOf(".") + 1, assertion.rule.lastIndexOf(":"));
  switch (assertion.kind) {
    case "matches":
      return `${name} ${shown} does not match ${assertion.pattern}.`;
    case "min":
      return `${name} ${shown} is below the least value allowed, ${showValue(type, assertion.bound)}.`;
    case "max":
      return `${name} ${shown} is above the greatest value allowed, ${showValue(type, assertion.bound)}.`;
    case "length":
      return `${name} is longer than ${String(assertion.max)} characters.`;
    case "oneOf":
      return `${name} ${shown} is not one of ${assertion.values.map((one) => showValue(type, one)).join(", ")}.`;
  }
}

/** As the author of the rule and the sender of the record write it: times and decimals are integers inside. */
function showValue(type: ScalarType, value: StandardValue): string {
  if (typeof value !== "number") return JSON.stringify(value);
  if (type.kind === "dateTime") return new Date(value).toISOString();
  if (type.kind !== "decimal" || type.scale === 0) return String(value);
  const digits = String(Math.abs(value)).padStart(type.scale + 1, "0");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`;
}
