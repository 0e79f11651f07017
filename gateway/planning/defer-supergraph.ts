/** The supergraph that deferred parts are planned with: an imagined subgraph knows the keys of all entities, and nothing else. */
import {
  isTypeDefinitionNode,
  Kind,
  parse,
  print,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { rowsOf } from "./graph-reach.ts";
import { KnownKeys } from "./known-keys.ts";
import { isGraphs } from "./planner-names.ts";

/** What the imagined subgraph is called in plans. No subgraph's name begins so. */
export const deferSubgraph = "#defer";

const deferGraph = "ONEFOLD_DEFER";
const rootPrefix = "_defer_";

export interface DeferSupergraph {
  readonly sdl: string;
  /** The imagined root field that answers an entity of a type; undefined for types that no subgraph finds by a key. */
  readonly rootOf: (typename: string) => string | undefined;
}

/**
 * Adds the imagined subgraph: an operation that begins at one of its root fields is planned from an entity on whose keys are
 * known, and the fetch from it says which keys are needed.
 */
export function deferSupergraph(supergraphSdl: string): DeferSupergraph {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const query = queryName(supergraph);
  const known = new KnownKeys(supergraph.definitions.filter(isTypeDefinitionNode));
  const entities = known.entities.filter((name) => name !== query);
  const rewrite = (definition: DefinitionNode): DefinitionNode => {
    if (isGraphs(definition)) return withDeferGraph(definition);
    if (!isTypeDefinitionNode(definition)) return definition;
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) {
      return known.isLeaf(definition.name.value) ? withLeaf(definition) : definition;
    }
    const of = known.of(definition.name.value);
    if (definition.name.value === query) return withRoots(ownedFields(definition, new Set()), entities);
    return of === undefined ? definition : withKeys(ownedFields(definition, of.fields), of.keys);
  };
  const found = new Set(entities);
  return {
    sdl: print({ ...supergraph, definitions: supergraph.definitions.map(rewrite) }),
    rootOf: (typename) => (found.has(typename) ? rootPrefix + typename : undefined),
  };
}

function queryName(supergraph: DocumentNode): string {
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION) continue;
    const query = definition.operationTypes.find(({ operation }) => operation === "query");
    if (query !== undefined) return query.type.name.value;
  }
  return "Query";
}

/** Without rows a field is wherever its type is: to be in one subgraph less, it must say where it is. */
function ownedFields(type: ObjectTypeDefinitionNode, given: ReadonlySet<string>): ObjectTypeDefinitionNode {
  const graphs = [...new Set(rowsOf(type, "join__type").flatMap((row) => directiveText(row, "graph") ?? []))];
  const fields = (type.fields ?? []).map((field): FieldDefinitionNode => {
    const isSaid = rowsOf(field, "join__field").length > 0;
    const said = isSaid ? [] : graphs.map((graph) => row("join__field", { graph }));
    const own = given.has(field.name.value) ? [row("join__field", { graph: deferGraph })] : [];
    return { ...field, directives: [...(field.directives ?? []), ...said, ...own] };
  });
  return { ...type, fields };
}

function withKeys(type: ObjectTypeDefinitionNode, keys: ReadonlySet<string>): ObjectTypeDefinitionNode {
  const rows =
    keys.size === 0
      ? [row("join__type", { graph: deferGraph })]
      : [...keys].map((key) => row("join__type", { graph: deferGraph }, { key, resolvable: false }));
  return { ...type, directives: [...(type.directives ?? []), ...rows] };
}

function withRoots(query: ObjectTypeDefinitionNode, entities: readonly string[]): ObjectTypeDefinitionNode {
  const roots = entities.map((typename): FieldDefinitionNode => ({
    kind: Kind.FIELD_DEFINITION,
    name: { kind: Kind.NAME, value: rootPrefix + typename },
    type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typename } },
    directives: [row("join__field", { graph: deferGraph })],
  }));
  return {
    ...query,
    directives: [...(query.directives ?? []), row("join__type", { graph: deferGraph })],
    fields: [...(query.fields ?? []), ...roots],
  };
}

/** A scalar or an enum, with all its values. */
function withLeaf(definition: DefinitionNode): DefinitionNode {
  const here = row("join__type", { graph: deferGraph });
  if (definition.kind === Kind.SCALAR_TYPE_DEFINITION) {
    return { ...definition, directives: [...(definition.directives ?? []), here] };
  }
  if (definition.kind !== Kind.ENUM_TYPE_DEFINITION) return definition;
  const values = (definition.values ?? []).map((value) => ({
    ...value,
    directives: [...(value.directives ?? []), row("join__enumValue", { graph: deferGraph })],
  }));
  return { ...definition, directives: [...(definition.directives ?? []), here], values };
}

function withDeferGraph(graphs: EnumTypeDefinitionNode): EnumTypeDefinitionNode {
  const value = {
    kind: Kind.ENUM_VALUE_DEFINITION,
    name: { kind: Kind.NAME, value: deferGraph },
    directives: [row("join__graph", {}, { name: deferSubgraph, url: "" })],
  } as const;
  return { ...graphs, values: [...(graphs.values ?? []), value] };
}

function row(
  name: string,
  enums: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string | boolean>> = {},
): ConstDirectiveNode {
  const argument = (key: string, value: ConstArgumentNode["value"]): ConstArgumentNode => ({
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: key },
    value,
  });
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name },
    arguments: [
      ...Object.entries(enums).map(([key, value]) => argument(key, { kind: Kind.ENUM, value })),
      ...Object.entries(values).map(([key, value]) =>
        argument(key, typeof value === "string" ? { kind: Kind.STRING, value } : { kind: Kind.BOOLEAN, value }),
      ),
    ],
  };
}
