/** Compiles `@assert` on an event's field into rules; bounds come out in the field's standard unit. */
import { Kind, type FieldDefinitionNode } from "graphql";
import { describeType } from "../expression/describe-type.ts";
import type { FieldAssertion } from "../model/event.ts";
import type { ScalarType } from "../model/value.ts";
import type { Compilation } from "./compilation.ts";
import type { Report } from "./diagnostic.ts";
import { argumentNode, integerOf, literalOf, textOf, usesOf, type DirectiveUse } from "./directive-use.ts";
import { readValue } from "./read-value.ts";

interface Subject {
  readonly type: ScalarType;
  /** The start of the rules' names: `UserBehavior.itemId`. */
  readonly rule: string;
}

const ordered: ReadonlySet<ScalarType["kind"]> = new Set(["int", "long", "float", "decimal", "dateTime"]);
const textual: ReadonlySet<ScalarType["kind"]> = new Set(["id", "string"]);

/** A second rule of the same kind on one field is named `…:matches-2`. */
export function compileFieldAssertions(
  node: FieldDefinitionNode,
  subject: Subject,
  { uses, report }: Compilation,
): readonly FieldAssertion[] {
  const rules = usesOf(uses, node, "assert").flatMap((use) => compileOne(use, subject, report));
  const counts = new Map<string, number>();
  return rules.map((rule) => {
    const count = (counts.get(rule.kind) ?? 0) + 1;
    counts.set(rule.kind, count);
    return count === 1 ? rule : { ...rule, rule: `${rule.rule}-${count}` };
  });
}

function compileOne(use: DirectiveUse, subject: Subject, report: Report): readonly FieldAssertion[] {
  if (literalOf(use, "that") !== null) {
    const remedy = "Put @assert(that:) on the event type; on a field use matches, min, max, maxLength or oneOf.";
    report.add(argumentNode(use, "that"), '"that" is a rule over a whole event.', remedy);
  }
  if ((use.node.arguments ?? []).length === 0) {
    report.add(use.node, "@assert says nothing.", "Give it matches, min, max, maxLength or oneOf.");
  }
  const bounds = [compileBound("min", use, subject, report), compileBound("max", use, subject, report)].flat();
  const [min, max] = bounds;
  if (min?.kind === "min" && max?.kind === "max" && min.bound > max.bound) {
    report.add(argumentNode(use, "max"), "max is below min, so no value can pass.", "Swap them, or remove one.");
  }
  return [
    ...compileMatches(use, subject, report),
    ...bounds,
    ...compileLength(use, subject, report),
    ...compileOneOf(use, subject, report),
  ];
}

/** Patterns are compiled with the `u` flag, as ingest does. */
function compileMatches(use: DirectiveUse, { type, rule }: Subject, report: Report): readonly FieldAssertion[] {
  const pattern = textOf(use, "matches");
  if (pattern === null) return [];
  const node = argumentNode(use, "matches");
  if (!textual.has(type.kind)) {
    const remedy = type.kind === "enum" ? "An enum checks its values by itself." : "Use min and max, or oneOf.";
    report.add(node, `matches is for text, but the field is ${describeType(type)}.`, remedy);
    return [];
  }
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^.*: /, "") : "";
    const reason = `"${pattern}" is not a regular expression${message && `: ${message.toLowerCase()}`}.`;
    report.add(node, reason, "Use JavaScript's syntax with the u flag, and double every backslash: \\\\d.");
    return [];
  }
  return [{ kind: "matches", rule: `${rule}:matches`, pattern }];
}

function compileBound(
  kind: "min" | "max",
  use: DirectiveUse,
  { type, rule }: Subject,
  report: Report,
): readonly FieldAssertion[] {
  const node = literalOf(use, kind);
  if (node === null) return [];
  if (!ordered.has(type.kind)) {
    const remedy = textual.has(type.kind) ? "For text use matches or maxLength." : "Use oneOf.";
    report.add(node, `${kind} is for numbers and times, but the field is ${describeType(type)}.`, remedy);
    return [];
  }
  const bound = readValue(node, type, report);
  return typeof bound === "number" ? [{ kind, rule: `${rule}:${kind}`, bound }] : [];
}

function compileLength(use: DirectiveUse, { type, rule }: Subject, report: Report): readonly FieldAssertion[] {
  const max = integerOf(use, "maxLength");
  if (max === null) return [];
  if (!textual.has(type.kind)) {
    const reason = `maxLength is for text, but the field is ${describeType(type)}.`;
    report.add(argumentNode(use, "maxLength"), reason, ordered.has(type.kind) ? "Use max." : "Leave it off.");
    return [];
  }
  if (max < 1) report.add(argumentNode(use, "maxLength"), "No text is that short.", "Use 1 or more.");
  return [{ kind: "length", rule: `${rule}:length`, max }];
}

function compileOneOf(use: DirectiveUse, { type, rule }: Subject, report: Report): readonly FieldAssertion[] {
  const node = literalOf(use, "oneOf");
  if (node === null) return [];
  const items = node.kind === Kind.LIST ? node.values : [node];
  if (items.length === 0)
    report.add(node, "The list is empty, so no value can pass.", "Name the values that may pass.");
  const values = items.map((item) => readValue(item, type, report)).filter((value) => value !== undefined);
  return [{ kind: "oneOf", rule: `${rule}:oneOf`, values }];
}
