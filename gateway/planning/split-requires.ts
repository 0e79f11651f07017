/**
 * Fields with @requires as a subgraph of their own, for the planner only. It (0.0.38) ends the whole process where the
 * subgraph of such a field has fields of another key, and finds no plan where an entity stands below itself there.
 */
import {
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { graphReach, namedType, rowsOf } from "./graph-reach.ts";
import { isGraphs, partSuffix, renameGraph } from "./planner-names.ts";
import { onGraph, withTwin } from "./twin-graph.ts";

/**
 * Splits where the planner needs it. Nothing changes for subgraphs and clients: plans get the real names back.
 * @param choice by which of its keys a split part is reached, from 0: with one or the other the planner finds no way
 */
export function splitRequires(supergraph: DocumentNode, choice: number): DocumentNode {
  const graphs = new Set(
    supergraph.definitions.flatMap((one) => (one.kind === Kind.OBJECT_TYPE_DEFINITION ? requiringGraphs(one) : [])),
  );
  return [...graphs].reduce((before, graph) => splitGraph(before, graph, choice), supergraph);
}

function splitGraph(supergraph: DocumentNode, graph: string, choice: number): DocumentNode {
  const reach = graphReach(supergraph, graph);
  const split = new Set<string>();
  const shared = new Set<string>();
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION || !requiringGraphs(type).includes(graph)) continue;
    if (keysOf(type, graph).length === 0) continue;
    if (!hasOtherKeys(type) && !reach(type.name.value).has(type.name.value)) continue;
    const below = neededBelow(type, graph, reach);
    if (below.has(type.name.value)) continue;
    split.add(type.name.value);
    for (const name of below) shared.add(name);
  }
  for (const name of split) shared.delete(name);
  if (split.size === 0) return supergraph;
  const twin = `${graph}__REQUIRES`;
  const definitions = supergraph.definitions.map((definition): DefinitionNode => {
    if (isGraphs(definition)) return addGraph(definition, { graph, twin, suffix: partSuffix });
    if (!("name" in definition) || definition.name === undefined) return definition;
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION && split.has(definition.name.value)) {
      return splitType(definition, { graph, twin, choice });
    }
    return shared.has(definition.name.value) ? withTwin(definition, graph, twin) : definition;
  });
  return { ...supergraph, definitions };
}

function requiringGraphs(type: ObjectTypeDefinitionNode): string[] {
  return (type.fields ?? [])
    .flatMap((field) => rowsOf(field, "join__field"))
    .filter((row) => directiveText(row, "requires") !== undefined)
    .flatMap((row) => directiveText(row, "graph") ?? []);
}

/** The keys of plain fields by which a subgraph finds the type. */
function keysOf(type: ObjectTypeDefinitionNode, graph: string): readonly string[] {
  return rowsOf(type, "join__type")
    .filter((row) => directiveText(row, "graph") === graph && directiveText(row, "resolvable") !== "false")
    .flatMap((row) => directiveText(row, "key") ?? [])
    .filter((key) => !key.includes("{"));
}

function hasOtherKeys(type: ObjectTypeDefinitionNode): boolean {
  return new Set(rowsOf(type, "join__type").flatMap((row) => directiveText(row, "key") ?? [])).size > 1;
}

/** Types that the split part needs: those of its fields and of what they require. */
function neededBelow(
  type: ObjectTypeDefinitionNode,
  graph: string,
  reach: (...types: readonly string[]) => ReadonlySet<string>,
): ReadonlySet<string> {
  const fields = (type.fields ?? []).filter((field) =>
    rowsOf(field, "join__field").some(
      (row) =>
        directiveText(row, "graph") === graph &&
        (directiveText(row, "requires") !== undefined || directiveText(row, "external") === "true"),
    ),
  );
  const names = fields.map(namedType);
  return new Set([...names, ...reach(...names)]);
}

/** Names a part of a subgraph, `suffix` beginning with `partSuffix`. */
export function addGraph(
  graphs: EnumTypeDefinitionNode,
  { graph, twin, suffix }: { readonly graph: string; readonly twin: string; readonly suffix: string },
): EnumTypeDefinitionNode {
  const values = (graphs.values ?? []).flatMap((value) => {
    if (value.name.value !== graph) return [value];
    return [value, { ...renameGraph(value, (name) => name + suffix), name: { ...value.name, value: twin } }];
  });
  return { ...graphs, values };
}

interface Split {
  readonly graph: string;
  readonly twin: string;
  readonly choice: number;
}

/** Fields with requirements move to the twin, which also gets the key and what is required. */
function splitType(type: ObjectTypeDefinitionNode, { graph, twin, choice }: Split): ObjectTypeDefinitionNode {
  const keys = keysOf(type, graph);
  const key = keys[Math.min(choice, keys.length - 1)] ?? "";
  const graphs = [...new Set(rowsOf(type, "join__type").flatMap((row) => directiveText(row, "graph") ?? []))];
  const keyRow = rowsOf(type, "join__type").find(
    (row) => directiveText(row, "graph") === graph && directiveText(row, "key") === key,
  );
  const fields = (type.fields ?? []).map((field): FieldDefinitionNode => {
    const rows = rowsOf(field, "join__field");
    const explicit = rows.length > 0 ? rows : graphs.map((name) => fieldRow(name));
    const others = (field.directives ?? []).filter((one) => one.name.value !== "join__field");
    const moved = explicit.flatMap((row) => {
      if (directiveText(row, "graph") !== graph) return [row];
      if (directiveText(row, "requires") !== undefined) return [onGraph(row, twin)];
      return directiveText(row, "external") === "true" ? [row, onGraph(row, twin)] : [row];
    });
    const isKey = key.split(/\s+/).includes(field.name.value);
    const own = isKey ? [fieldRow(twin)] : [];
    const kept = isKey ? moved.filter((row) => directiveText(row, "graph") !== twin) : moved;
    return { ...field, directives: [...others, ...kept, ...own] };
  });
  const directives = [...(type.directives ?? []), ...(keyRow === undefined ? [] : [onGraph(keyRow, twin)])];
  return { ...type, directives, fields };
}

/** Says that a subgraph resolves a field. */
export function fieldRow(graph: string): ConstDirectiveNode {
  const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
  return {
    kind: Kind.DIRECTIVE,
    name: name("join__field"),
    arguments: [{ kind: Kind.ARGUMENT, name: name("graph"), value: { kind: Kind.ENUM, value: graph } }],
  };
}
