/** Reads the text of `onefold.yaml` (YAML 1.2) into plain values, and tells the place of each. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from "yaml";
import type { ConfigMistake, Origin } from "./config-mistake.ts";

export interface ParsedConfigFile {
  /** What stands in it; an empty file has no settings. */
  readonly tree: unknown;
  /** The place of a setting's value, or of its key. Of what is not there: of the nearest section around it. */
  placeOf(path: readonly PropertyKey[], part?: "key" | "value"): Origin;
  /** Where it is not YAML; `tree` is then empty. */
  readonly mistakes: readonly ConfigMistake[];
}

/** `file` is how messages name it. */
export function parseConfigFile(text: string, file: string): ParsedConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: "file", file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].map(({ code, pos }) => ({ code, offset: pos[0] }));
  const mistakes = [...faults, ...danglingAliases(document)].map(({ code, offset }) => ({
    origin: originAt(offset),
    path: "",
    ...describeYamlFault(code),
  }));
  return {
    tree: mistakes.length === 0 ? plainOf(document) : {},
    placeOf: (path, part = "value") => originAt(offsetOf(document, path, part)),
    mistakes,
  };
}

/** A key without a value counts as absent. */
function plainOf(document: Document.Parsed): unknown {
  const tree: unknown = document.toJS({
    reviver: (_key: unknown, value: unknown) => (value === null ? undefined : value),
  });
  return tree ?? {};
}

interface YamlFault {
  readonly code: YAMLError["code"];
  readonly offset: number;
}

function danglingAliases(document: Document.Parsed): readonly YamlFault[] {
  const dangling: YamlFault[] = [];
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) === undefined) dangling.push({ code: "BAD_ALIAS", offset: startOf(node) ?? 0 });
    },
  });
  return dangling;
}

/** What the library says is not shown: it may quote what stands there, and that may be a secret. */
function describeYamlFault(code: YAMLError["code"]): { readonly reason: string; readonly remedy: string } {
  switch (code) {
    case "DUPLICATE_KEY":
      return { reason: "This key stands in its section twice.", remedy: "Leave one of the two." };
    case "TAB_AS_INDENT":
      return { reason: "A tab indents this line.", remedy: "Indent by spaces." };
    case "BAD_INDENT":
      return {
        reason: "This line is indented unlike its neighbours.",
        remedy: "Give all keys of a section one depth.",
      };
    case "MISSING_CHAR":
      return { reason: "A quote or a bracket is not closed here.", remedy: "Close it." };
    case "BAD_ALIAS":
      return {
        reason: "No anchor of this name stands before.",
        remedy: "Quote the value if it begins with an asterisk.",
      };
    case "BAD_SCALAR_START":
    case "TAG_RESOLVE_FAILED":
      return { reason: "A value cannot begin with this character.", remedy: "Quote the value." };
    case "MULTIPLE_DOCS":
      return { reason: "A second document begins here.", remedy: "One file is one document: leave out the dashes." };
    default:
      return { reason: `This is not YAML (${code}).`, remedy: "Write `key: value` lines, and quote special values." };
  }
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, name] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const step = stepInto(node, name);
    if (step === null) return offset;
    const isLast = i === path.length - 1;
    const value = startOf(step.value);
    offset = (isLast && part === "value" ? value : (step.key ?? value)) ?? offset;
    node = step.value;
  }
  return offset;
}

function stepInto(
  node: unknown,
  name: PropertyKey,
): { readonly key: number | undefined; readonly value: unknown } | null {
  if (isSeq(node)) {
    const value = node.items[Number(name)];
    return value === undefined ? null : { key: startOf(value), value };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
  return pair === undefined ? null : { key: startOf(pair.key), value: pair.value };
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const [start] = node.range as readonly unknown[];
  return typeof start === "number" ? start : undefined;
}
