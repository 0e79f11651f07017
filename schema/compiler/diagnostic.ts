/** A mistake in a declaration with its place, and the report that every phase writes to. */
import { getLocation, type ASTNode, type Source, type StringValueNode } from "graphql";

export interface Diagnostic {
  readonly file: string;
  /** 1-based, as editors show it. */
  readonly line: number;
  readonly column: number;
  /** What is wrong: one or two sentences. */
  readonly reason: string;
  /** What would be right. */
  readonly remedy: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where the mistakes of all phases are gathered. */
export interface Report {
  /** `node` must have been parsed with locations from a named source. */
  add(node: ASTNode, reason: string, remedy: string): void;
  /** As `add`, but for one key only the first time: where several places show one and the same mistake. */
  addOnce(key: string, node: ASTNode, reason: string, remedy: string): void;
  addAt(place: Place, reason: string, remedy: string): void;
  readonly diagnostics: readonly Diagnostic[];
}

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  const addAt = ({ file, line, column }: Place, reason: string, remedy: string): void => {
    diagnostics.push({ file, line, column, reason, remedy });
  };
  const add: Report["add"] = (node, reason, remedy) => addAt(placeOf(node), reason, remedy);
  const told = new Set<string>();
  const addOnce: Report["addOnce"] = (key, node, reason, remedy) => {
    if (!told.has(key)) add(node, reason, remedy);
    told.add(key);
  };
  return { add, addOnce, addAt, diagnostics };
}

/** The start of a node; of a definition or extension, the start of its name. */
export function placeOf(node: ASTNode): Place {
  const name = "name" in node && /Definition|Extension/.test(node.kind) ? node.name : undefined;
  const { loc } = name ?? node;
  return loc === undefined
    ? { file: "", line: 1, column: 1 }
    : { file: loc.source.name, line: loc.startToken.line, column: loc.startToken.column };
}

/** The place of the `column`-th character (from 1) of what stands between the quotes. */
export function placeInText(node: StringValueNode, column: number): Place {
  const { loc } = node;
  const isVerbatim =
    loc !== undefined && node.block !== true && loc.source.body.slice(loc.start + 1, loc.end - 1) === node.value;
  const place = placeOf(node);
  return isVerbatim ? { ...place, column: place.column + column } : place;
}

/** The place of a character offset of a source. */
export function placeAt(source: Source, position: number): Place {
  const { line, column } = getLocation(source, position);
  return { file: source.name, line, column };
}

/** `schema/consumer.graphql:12:5`, as terminals and editors make clickable. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
