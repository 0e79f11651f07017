/** Access rules: the conditions under which a client may have a field, read off a supergraph. */
import {
  isTypeDefinitionNode,
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { directiveText } from "../planning/directive-text.ts";
import { namedType, rowsOf } from "../planning/graph-reach.ts";
import { listLinks, type Link } from "../supergraph-links.ts";
import { authenticated, listCondition, type Condition } from "./conditions.ts";
import { listRequired, type RequiredField } from "./list-required.ts";

export interface AccessRules {
  /**
   * What is asked of who wants a field of an object or interface type: by the field, by its type, by the type that it is of,
   * and by the fields that it is computed from. The same list each time.
   */
  conditionsOf(type: string, field: string): readonly Condition[];
}

const none: readonly Condition[] = [];

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Undefined for a supergraph that sets no conditions. */
export function readAccessRules(supergraph: DocumentNode): AccessRules | undefined {
  const read = conditionReader(listLinks(supergraph));
  if (read === undefined) return undefined;
  const ofTypes = new Map<string, readonly Condition[]>();
  const types = new Map<string, FieldsType>();
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    ofTypes.set(definition.name.value, read(definition.directives));
    if (hasFields(definition)) types.set(definition.name.value, definition);
  }
  const rules = new Map<string, readonly Condition[]>();
  const required = listRequired(types);
  const collect = (at: RequiredField, seen: Set<string>): readonly Condition[] => {
    const name = `${at.type}.${at.field}`;
    const field = types.get(at.type)?.fields?.find((one) => one.name.value === at.field);
    if (field === undefined || seen.has(name)) return none;
    seen.add(name);
    return [
      ...read(field.directives),
      ...(ofTypes.get(at.type) ?? none),
      ...(ofTypes.get(namedType(field)) ?? none),
      ...sources(at, field, types).flatMap((source) => collect(source, seen)),
      ...required(at.type, field).flatMap((source) => collect(source, seen)),
    ];
  };
  for (const type of types.values()) {
    for (const field of type.fields ?? []) {
      const conditions = collect({ type: type.name.value, field: field.name.value }, new Set());
      if (conditions.length > 0) rules.set(`${type.name.value}.${field.name.value}`, distinct(conditions));
    }
  }
  if (rules.size === 0) return undefined;
  return { conditionsOf: (type, field) => rules.get(`${type}.${field}`) ?? none };
}

/** Each condition once, by its key. */
export function distinct(conditions: readonly Condition[]): readonly Condition[] {
  return [...new Map(conditions.map((condition) => [condition.key, condition])).values()];
}

function hasFields(definition: DocumentNode["definitions"][number]): definition is FieldsType {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** A field that an interface object gives to the types of its interface is said of no subgraph in them: it is the interface's. */
function sources(
  at: RequiredField,
  field: FieldDefinitionNode,
  types: ReadonlyMap<string, FieldsType>,
): readonly RequiredField[] {
  const rows = rowsOf(field, "join__field");
  if (rows.length === 0 || rows.some((row) => directiveText(row, "graph") !== undefined)) return [];
  return (types.get(at.type)?.interfaces ?? []).map(({ name }) => ({ type: name.value, field: at.field }));
}

type ReadConditions = (directives: readonly ConstDirectiveNode[] | undefined) => readonly Condition[];

/** Undefined if the supergraph links none of the specifications. */
function conditionReader(links: readonly Link[]): ReadConditions | undefined {
  const readers = new Map<string, (directive: ConstDirectiveNode) => Condition>();
  for (const link of links) {
    if (link.identity === "https://specs.apollo.dev/authenticated") readers.set(localName(link), () => authenticated);
    if (link.identity === "https://specs.apollo.dev/requiresScopes") {
      readers.set(localName(link), (directive) => listCondition("scopes", directive));
    }
    if (link.identity === "https://specs.apollo.dev/policy") {
      readers.set(localName(link), (directive) => listCondition("policies", directive));
    }
  }
  if (readers.size === 0) return undefined;
  return (directives = []) => directives.flatMap((directive) => readers.get(directive.name.value)?.(directive) ?? []);
}

/** What the specification's own directive is called in this supergraph. */
function localName({ imports, prefix, spec }: Link): string {
  for (const [local, original] of imports) if (original === spec) return local;
  return prefix;
}
