/** What a supergraph says of @context and @fromContext: which objects set a context, and which arguments are taken from it. */
import {
  isTypeDefinitionNode,
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstObjectValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type SelectionSetNode,
  type TypeDefinitionNode,
} from "graphql";
import { listLinks } from "../supergraph-links.ts";
import { directiveText } from "./directive-text.ts";
import { namedType, rowsOf } from "./graph-reach.ts";
import { readFieldSet } from "./known-keys.ts";

/** One argument that a subgraph's field takes from an object around it. */
export interface ContextArgument {
  readonly name: string;
  /** As GraphQL: `String!`. */
  readonly type: string;
  readonly context: string;
  /** What is read of the object; the first whose type condition it meets. */
  readonly ways: readonly ContextWay[];
}

export interface ContextWay {
  /** Undefined: any object that sets the context. */
  readonly condition: string | undefined;
  /** Fields below one another, the last of them a leaf. */
  readonly fields: readonly string[];
}

/** Arguments of one field in one subgraph. */
interface ContextualField {
  readonly subgraph: string;
  readonly typename: string;
  readonly field: string;
  readonly arguments: readonly ContextArgument[];
}

export interface ContextRules {
  /** Whether some subgraph takes an argument of the field from a context. */
  readonly isContextual: (typename: string, field: string) => boolean;
  /** None where the subgraph has the field without them. */
  readonly argumentsOf: (subgraph: string, typename: string, field: string) => readonly ContextArgument[];
  /** The same of all subgraphs. */
  readonly allArgumentsOf: (typename: string, field: string) => readonly ContextArgument[];
  /** Object types whose objects set a context. */
  readonly settersOf: (context: string) => ReadonlySet<string>;
}

const identity = "https://specs.apollo.dev/context";

/** Undefined: there are no such arguments. */
export function readContextRules(supergraph: DocumentNode): ContextRules | undefined {
  const fields = contextualFields(supergraph);
  if (fields.length === 0) return undefined;
  const setters = readSetters(supergraph);
  const of = (typename: string, name: string) =>
    fields.filter((one) => one.typename === typename && one.field === name);
  return {
    isContextual: (typename, name) => of(typename, name).length > 0,
    argumentsOf: (subgraph, typename, name) =>
      of(typename, name).find((one) => one.subgraph === subgraph)?.arguments ?? [],
    allArgumentsOf: (typename, name) => of(typename, name).flatMap((one) => one.arguments),
    settersOf: (context) => setters.get(context) ?? new Set(),
  };
}

/** Why contexts of a supergraph cannot be honoured, one sentence each. */
export function contextProblems(supergraph: DocumentNode): readonly string[] {
  const problems = new Set<string>();
  const types = typesOf(supergraph);
  const contextual = contextualFields(supergraph);
  const names = new Set(contextual.map(({ typename, field }) => `${typename}.${field}`));
  for (const { typename, field, arguments: taken } of contextual) {
    if (types.get(typename)?.kind !== Kind.OBJECT_TYPE_DEFINITION) {
      problems.add(`@fromContext on ${typename}.${field}, which is no object's field, cannot be honoured.`);
    }
    for (const { name, context, ways } of taken) {
      if (
        ways.length > 0 &&
        ways.every((way) => isPlainWay(way, { types, setters: readSetters(supergraph).get(context), names }))
      )
        continue;
      problems.add(
        `@fromContext of ${typename}.${field}(${name}:) cannot be honoured: it is no path of fields without arguments.`,
      );
    }
  }
  for (const [typename, fields] of fieldsOf(types)) {
    for (const row of fields.flatMap((field) => rowsOf(field, "join__field"))) {
      const requires = directiveText(row, "requires");
      if (requires === undefined || !selects(readFieldSet(requires), typename, { types, names })) continue;
      problems.add(`@requires on ${typename} of a field with @fromContext cannot be honoured.`);
    }
  }
  return [...problems];
}

interface Definitions {
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  /** Contextual fields: `Type.field`. */
  readonly names: ReadonlySet<string>;
}

function isPlainWay(
  { condition, fields }: ContextWay,
  { types, setters, names }: Definitions & { readonly setters: ReadonlySet<string> | undefined },
): boolean {
  const starts = condition === undefined ? [...(setters ?? [])] : [condition];
  return (
    fields.length > 0 &&
    starts.every((start) => {
      let at = start;
      for (const name of fields) {
        const field = fieldOf(types.get(at), name);
        if (field === undefined || (field.arguments ?? []).length > 0 || names.has(`${at}.${name}`)) return false;
        at = namedType(field);
      }
      return true;
    })
  );
}

/** Whether a field set has a contextual field, where it stands on objects or interfaces. */
function selects(set: SelectionSetNode, typename: string, known: Definitions): boolean {
  return set.selections.some((node) => {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      return selects(node.selectionSet, node.typeCondition?.name.value ?? typename, known);
    }
    if (node.kind !== Kind.FIELD) return false;
    if (known.names.has(`${typename}.${node.name.value}`)) return true;
    const field = fieldOf(known.types.get(typename), node.name.value);
    return (
      field !== undefined && node.selectionSet !== undefined && selects(node.selectionSet, namedType(field), known)
    );
  });
}

function contextualFields(supergraph: DocumentNode): ContextualField[] {
  const graphs = graphNames(supergraph);
  return fieldsOf(typesOf(supergraph)).flatMap(([typename, fields]) =>
    fields.flatMap((field) =>
      rowsOf(field, "join__field").flatMap((row) => {
        const taken = readArguments(row);
        const subgraph = graphs.get(directiveText(row, "graph") ?? "") ?? "";
        return taken.length === 0 ? [] : [{ subgraph, typename, field: field.name.value, arguments: taken }];
      }),
    ),
  );
}

function readArguments(row: ConstDirectiveNode): ContextArgument[] {
  const value = row.arguments?.find((one) => one.name.value === "contextArguments")?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.flatMap((one) => {
    if (one.kind !== Kind.OBJECT) return [];
    const text = (name: string): string => textOf(one, name);
    return [{ name: text("name"), type: text("type"), context: text("context"), ways: readWays(text("selection")) }];
  });
}

function textOf(value: ConstObjectValueNode, name: string): string {
  const found = value.fields.find((field) => field.name.value === name)?.value;
  return found?.kind === Kind.STRING ? found.value : "";
}

/** Both `{ a { b } }` and `... on T { a } ... on U { b }`; empty for what is neither. */
function readWays(selection: string): ContextWay[] {
  const text = selection.trim();
  const [definition] = parse(text.startsWith("{") ? text : `{ ${text} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return [];
  const { selections } = definition.selectionSet;
  if (selections.length === 1 && selections[0]?.kind === Kind.FIELD) {
    return [{ condition: undefined, fields: readFields(definition.selectionSet) }];
  }
  return selections.map((node) =>
    node.kind === Kind.INLINE_FRAGMENT
      ? { condition: node.typeCondition?.name.value, fields: readFields(node.selectionSet) }
      : { condition: undefined, fields: [] },
  );
}

/** Empty for what is no path. */
function readFields(set: SelectionSetNode): string[] {
  const [only] = set.selections;
  if (set.selections.length !== 1 || only?.kind !== Kind.FIELD) return [];
  if (only.alias !== undefined || (only.arguments?.length ?? 0) > 0) return [];
  if (only.selectionSet === undefined) return [only.name.value];
  const below = readFields(only.selectionSet);
  return below.length === 0 ? [] : [only.name.value, ...below];
}

function readSetters(supergraph: DocumentNode): ReadonlyMap<string, ReadonlySet<string>> {
  const name = listLinks(supergraph).find((link) => link.identity === identity)?.prefix ?? "context";
  const types = typesOf(supergraph);
  const setters = new Map<string, Set<string>>();
  for (const type of types.values()) {
    for (const row of rowsOf(type, name)) {
      const context = directiveText(row, "name") ?? "";
      const known = setters.get(context) ?? new Set();
      for (const object of objectsOf(type, types)) known.add(object);
      setters.set(context, known);
    }
  }
  return setters;
}

function objectsOf(type: TypeDefinitionNode, types: ReadonlyMap<string, TypeDefinitionNode>): string[] {
  if (type.kind === Kind.OBJECT_TYPE_DEFINITION) return [type.name.value];
  if (type.kind === Kind.UNION_TYPE_DEFINITION) return (type.types ?? []).map((member) => member.name.value);
  return [...types.values()].flatMap((one) =>
    one.kind === Kind.OBJECT_TYPE_DEFINITION &&
    one.interfaces?.some((parent) => parent.name.value === type.name.value) === true
      ? [one.name.value]
      : [],
  );
}

function typesOf(supergraph: DocumentNode): ReadonlyMap<string, TypeDefinitionNode> {
  return new Map(supergraph.definitions.filter(isTypeDefinitionNode).map((type) => [type.name.value, type]));
}

function fieldsOf(
  types: ReadonlyMap<string, TypeDefinitionNode>,
): (readonly [string, readonly FieldDefinitionNode[]])[] {
  return [...types.values()].flatMap((type) =>
    type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? [[type.name.value, type.fields ?? []] as const]
      : [],
  );
}

function fieldOf(type: TypeDefinitionNode | undefined, name: string): FieldDefinitionNode | undefined {
  return type?.kind === Kind.OBJECT_TYPE_DEFINITION || type?.kind === Kind.INTERFACE_TYPE_DEFINITION
    ? type.fields?.find((field) => field.name.value === name)
    : undefined;
}

/** Names of subgraphs by their values of `join__Graph`. */
function graphNames(supergraph: DocumentNode): ReadonlyMap<string, string> {
  return new Map(
    supergraph.definitions.flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph"
        ? (definition.values ?? []).map((value) => {
            const row = rowsOf(value, "join__graph")[0];
            return [value.name.value, (row && directiveText(row, "name")) ?? ""] as const;
          })
        : [],
    ),
  );
}
