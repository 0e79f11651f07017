/**
 * Requirements as part of a key, for the planner only. It (0.0.38) finds no plan for a field with @requires where the way to
 * its subgraph, or to that of what it requires, leads through a third one. Such a field is planned as one of a part of its
 * subgraph whose key is the subgraph's key and what is required: to go there is to gather both, from wherever they are.
 */
import {
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { graphReach, isResolvedIn, namedType, rowsOf } from "./graph-reach.ts";
import { isGraphs, partSuffix } from "./planner-names.ts";
import { addGraph, fieldRow } from "./split-requires.ts";
import { onGraph, withTwin } from "./twin-graph.ts";

/** A part of a subgraph with the fields of one type that have one requirement. */
interface Part {
  readonly type: string;
  readonly graph: string;
  readonly requires: string;
  /** The subgraph's keys of the type. */
  readonly keys: readonly string[];
}

/** Nothing changes for subgraphs and clients: what is sent is the same, and plans get the real names back. */
export function requiresAsKeys(supergraph: DocumentNode): DocumentNode {
  const parts = supergraph.definitions.flatMap((type) =>
    type.kind === Kind.OBJECT_TYPE_DEFINITION ? partsOf(type) : [],
  );
  return parts.reduce(addPart, supergraph);
}

function partsOf(type: ObjectTypeDefinitionNode): Part[] {
  const parts = new Map<string, Part>();
  for (const row of (type.fields ?? []).flatMap((field) => rowsOf(field, "join__field"))) {
    const requires = directiveText(row, "requires");
    const graph = directiveText(row, "graph");
    if (requires === undefined || graph === undefined || requires.includes("(")) continue;
    const keys = keysOf(type, graph);
    if (keys.length === 0 || !leadsThroughThird(type, graph, requires)) continue;
    parts.set(`${graph} ${requires}`, { type: type.name.value, graph, requires, keys });
  }
  return [...parts.values()];
}

function keysOf(type: ObjectTypeDefinitionNode, graph: string): string[] {
  return rowsOf(type, "join__type")
    .filter((row) => directiveText(row, "graph") === graph && directiveText(row, "resolvable") !== "false")
    .flatMap((row) => directiveText(row, "key") ?? []);
}

/** Whether some subgraph of the type has no key of the one that resolves the field, or of one that resolves what it requires. */
export function leadsThroughThird(type: ObjectTypeDefinitionNode, graph: string, requires: string): boolean {
  const places = [...new Set(rowsOf(type, "join__type").flatMap((row) => directiveText(row, "graph") ?? []))];
  const required = (type.fields ?? []).filter((field) => topFields(requires).includes(field.name.value));
  const targets = places.filter((place) => place === graph || required.some((field) => isResolvedIn(field, place)));
  return targets.some((target) => {
    const keys = keysOf(type, target);
    // A split subgraph keeps one key only (see split-requires.ts).
    const kept = target === graph ? keys.filter((key) => !key.includes("{")).slice(0, 1) : keys;
    return places.some((place) => place !== target && !leadsTo(type, place, kept));
  });
}

/** Whether a subgraph knows all of one of some keys. */
function leadsTo(type: ObjectTypeDefinitionNode, from: string, keys: readonly string[]): boolean {
  const own = rowsOf(type, "join__type").filter((row) => directiveText(row, "graph") === from);
  const ownKeys = own.flatMap((row) => directiveText(row, "key") ?? []);
  const has = (name: string): boolean =>
    ownKeys.some((key) => topFields(key).includes(name)) ||
    (type.fields ?? []).some((field) => field.name.value === name && isResolvedIn(field, from));
  return keys.some((key) => ownKeys.includes(key) || (!key.includes("{") && topFields(key).every(has)));
}

/** The fields of a selection's first level. */
function topFields(selection: string): string[] {
  let rest = selection;
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest.replace(/\{[^{}]*\}/g, " ");
  }
  return rest.split(/[\s,]+/).filter((name) => name !== "");
}

function addPart(supergraph: DocumentNode, part: Part, index: number): DocumentNode {
  const { graph } = part;
  const type = supergraph.definitions.find(
    (one): one is ObjectTypeDefinitionNode => one.kind === Kind.OBJECT_TYPE_DEFINITION && one.name.value === part.type,
  );
  if (type === undefined) return supergraph;
  const below = neededBelow(type, part, graphReach(supergraph, graph));
  if (below.has(part.type)) return supergraph;
  const twin = `${graph}__REQUIRES_${index}`;
  const definitions = supergraph.definitions.map((definition): DefinitionNode => {
    if (isGraphs(definition)) return addGraph(definition, { graph, twin, suffix: `${partSuffix}${index}` });
    if (definition === type) return withPart(type, part, twin);
    const isBelow = "name" in definition && definition.name !== undefined && below.has(definition.name.value);
    return isBelow ? withTwin(definition, graph, twin) : definition;
  });
  return { ...supergraph, definitions };
}

/** Types of the part's fields, of its keys and of what is required, and all that these lead to. */
function neededBelow(
  type: ObjectTypeDefinitionNode,
  { graph, requires, keys }: Part,
  reach: (...types: readonly string[]) => ReadonlySet<string>,
): ReadonlySet<string> {
  const named = new Set([...keys, requires].flatMap(topFields));
  const isOwn = (row: ConstDirectiveNode): boolean =>
    directiveText(row, "graph") === graph && directiveText(row, "requires") === requires;
  const fields = (type.fields ?? []).filter(
    (field) => named.has(field.name.value) || rowsOf(field, "join__field").some(isOwn),
  );
  const names = fields.map(namedType);
  return new Set([...names, ...reach(...names)]);
}

function withPart(type: ObjectTypeDefinitionNode, part: Part, twin: string): ObjectTypeDefinitionNode {
  const places = [...new Set(rowsOf(type, "join__type").flatMap((row) => directiveText(row, "graph") ?? []))];
  const inKey = part.keys.flatMap(topFields);
  const required = topFields(part.requires);
  const fields = (type.fields ?? []).map((field): FieldDefinitionNode => {
    const { value: name } = field.name;
    const rows = rowsOf(field, "join__field");
    // Without rows it would be taken for a field of the part as well.
    const explicit = rows.length > 0 ? rows : places.map(fieldRow);
    const moved = explicit.map((row) => {
      const isMoved = directiveText(row, "graph") === part.graph && directiveText(row, "requires") === part.requires;
      return isMoved ? without(onGraph(row, twin), "requires") : row;
    });
    const own = inKey.includes(name) ? [fieldRow(twin)] : required.includes(name) ? [external(fieldRow(twin))] : [];
    const others = (field.directives ?? []).filter((one) => one.name.value !== "join__field");
    return { ...field, directives: [...others, ...moved, ...own] };
  });
  const keyRows = part.keys.map((key) => typeRow(twin, joinKeys(key, part.requires)));
  return { ...type, fields, directives: [...(type.directives ?? []), ...keyRows] };
}

/** Each plain field once. */
function joinKeys(key: string, requires: string): string {
  if (key.includes("{") || requires.includes("{")) return `${key} ${requires}`;
  return [...new Set([...topFields(key), ...topFields(requires)])].join(" ");
}

function typeRow(graph: string, key: string): ConstDirectiveNode {
  const row = fieldRow(graph);
  const argument = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: "key" },
    value: { kind: Kind.STRING, value: key },
  } as const;
  return { ...row, name: { kind: Kind.NAME, value: "join__type" }, arguments: [...(row.arguments ?? []), argument] };
}

function external(row: ConstDirectiveNode): ConstDirectiveNode {
  const argument = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: "external" },
    value: { kind: Kind.BOOLEAN, value: true },
  } as const;
  return { ...row, arguments: [...(row.arguments ?? []), argument] };
}

function without(row: ConstDirectiveNode, name: string): ConstDirectiveNode {
  return { ...row, arguments: (row.arguments ?? []).filter((argument) => argument.name.value !== name) };
}
