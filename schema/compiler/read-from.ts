/** Reads `@from`: where a field's raw value is, and how it becomes a standardised one. */
import { suggest } from "../expression/suggest.ts";
import type { EventField, Normalizer, TimeUnit } from "../model/event.ts";
import type { StandardValue } from "../model/value.ts";
import type { Report } from "./diagnostic.ts";
import { argumentNode, itemNode, literalOf, recordsOf, textOf, textsOf, type DirectiveUse } from "./directive-use.ts";
import { readFieldValue } from "./read-value.ts";

type FieldBase = Pick<EventField, "name" | "type" | "list" | "nullable">;
type FieldSource = Pick<EventField, "path" | "defaultValue" | "timeUnit" | "map" | "normalize">;

const timeUnits: Readonly<Record<string, TimeUnit>> = {
  ISO: "iso",
  SECONDS: "seconds",
  MILLISECONDS: "milliseconds",
  MICROSECONDS: "microseconds",
};

const normalizers: Readonly<Record<string, Normalizer>> = {
  TRIM: "trim",
  LOWERCASE: "lowercase",
  UPPERCASE: "uppercase",
  COLLAPSE_WHITESPACE: "collapse-whitespace",
  DIGITS_ONLY: "digits-only",
};

/** How the field is standardised; without `@from` its raw value stands under its own name. */
export function readFrom(use: DirectiveUse | undefined, field: FieldBase, report: Report): FieldSource {
  const absent: FieldSource = {
    path: [field.name],
    defaultValue: undefined,
    timeUnit: "iso",
    map: null,
    normalize: [],
  };
  if (use === undefined) return absent;
  if (literalOf(use, "unit") !== null && field.type.kind !== "dateTime") {
    report.add(
      argumentNode(use, "unit"),
      `"${field.name}" is not a DateTime.`,
      "Leave unit off, or declare the field as DateTime.",
    );
  }
  return {
    path: readPath(use, "path", report) ?? absent.path,
    defaultValue: readDefault(use, field, report),
    timeUnit: timeUnits[textOf(use, "unit") ?? "ISO"] ?? "iso",
    map: readMap(use, field, report),
    normalize: (textsOf(use, "normalize") ?? []).flatMap((name) => normalizers[name] ?? []),
  };
}

function readPath(use: DirectiveUse, argument: string, report: Report): readonly string[] | null {
  const text = textOf(use, argument);
  if (text === null) return null;
  const segments = splitPath(text);
  if (segments === null) reportPath(argumentNode(use, argument), text, report);
  return segments;
}

function readDefault(use: DirectiveUse, field: FieldBase, report: Report): StandardValue | undefined {
  const node = literalOf(use, "default");
  return node === null ? undefined : readFieldValue(node, field, report);
}

function readMap(
  use: DirectiveUse,
  { name, type }: FieldBase,
  report: Report,
): Readonly<Record<string, string>> | null {
  const records = recordsOf(use, "map");
  if (literalOf(use, "map") === null) return null;
  if (type.kind !== "enum" && type.kind !== "string" && type.kind !== "id") {
    const remedy = "Leave map off, or declare the field as an enum or String.";
    report.add(argumentNode(use, "map"), `map is for text and enums, but "${name}" is neither.`, remedy);
    return null;
  }
  const map = new Map<string, string>();
  records.forEach((record, i) => {
    const [from, to] = [String(record["from"]), String(record["to"])];
    if (map.has(from)) {
      report.add(itemNode(use, "map", [i, "from"]), `"${from}" is mapped twice.`, "Map each raw text once.");
    }
    if (type.kind === "enum" && !type.values.includes(to)) {
      const near = suggest(to, type.values);
      const remedy = `${near && `${near} `}Its values are ${type.values.join(", ")}.`;
      report.add(itemNode(use, "map", [i, "to"]), `"${to}" is not a value of ${type.name}.`, remedy);
    }
    map.set(from, to);
  });
  return Object.fromEntries(map);
}

/** `user.id` into its segments; null where one is empty or has blanks. */
export function splitPath(text: string): readonly string[] | null {
  const segments = text.split(".");
  return segments.every((segment) => /^[^\s.[\]$]+$/.test(segment)) ? segments : null;
}

export function reportPath(node: Parameters<Report["add"]>[0], text: string, report: Report): void {
  report.add(node, `"${text}" is not a path.`, 'Write names joined by dots: "user.id".');
}
