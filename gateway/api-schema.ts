/** The API schema: what clients may see of a supergraph, without federation's machinery and without @inaccessible elements. */
import {
  buildASTSchema,
  isTypeDefinitionNode,
  Kind,
  parse,
  printSchema,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  type NamedTypeNode,
  type TypeDefinitionNode,
} from "graphql";
import { readLinks, type SupergraphLinks } from "./supergraph-links.ts";

/** Directives of GraphQL itself, which say something to clients and so stay where they are applied. */
const keptDirectives = new Set(["deprecated", "specifiedBy", "oneOf"]);

/** @see https://github.com/graphql/graphql-spec/pull/742 */
const deferDefinition = parse(
  `"Lets the answer begin without this fragment, which follows as soon as it is there."
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT`,
  { noLocation: true },
).definitions;

const executableLocations = new Set([
  "QUERY",
  "MUTATION",
  "SUBSCRIPTION",
  "FIELD",
  "FRAGMENT_DEFINITION",
  "FRAGMENT_SPREAD",
  "INLINE_FRAGMENT",
  "VARIABLE_DEFINITION",
]);

/** Builds the schema that client operations are validated against, introspect and are answered by. */
export function buildApiSchema(supergraphSdl: string): GraphQLSchema {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  return buildASTSchema(apiDocument(supergraph, readLinks(supergraph)), { assumeValidSDL: true });
}

/** Prints an API schema as SDL, for client code generation. */
export function printApiSchema(schema: GraphQLSchema): string {
  return `${printSchema(schema)}\n`;
}

function apiDocument(supergraph: DocumentNode, links: SupergraphLinks): DocumentNode {
  const hidden = hiddenTypes(supergraph, links);
  const definitions: DefinitionNode[] = [...deferDefinition];
  for (const definition of supergraph.definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION) definitions.push({ ...definition, directives: [] });
    else if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      if (isClientDirective(definition, links)) definitions.push(definition);
    } else if (isTypeDefinitionNode(definition) && !hidden.has(definition.name.value)) {
      definitions.push(apiType(definition, hidden, links));
    }
  }
  return { kind: Kind.DOCUMENT, definitions };
}

function hiddenTypes(supergraph: DocumentNode, links: SupergraphLinks): ReadonlySet<string> {
  const hidden = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const name = definition.name.value;
    if (links.isMachinery(name) || isInaccessible(definition, links)) hidden.add(name);
  }
  return hidden;
}

function isClientDirective(definition: DirectiveDefinitionNode, links: SupergraphLinks): boolean {
  return (
    !links.isMachinery(definition.name.value) &&
    definition.name.value !== "defer" &&
    definition.locations.some((location) => executableLocations.has(location.value))
  );
}

function apiType(type: TypeDefinitionNode, hidden: ReadonlySet<string>, links: SupergraphLinks): TypeDefinitionNode {
  const directives = kept(type.directives);
  const visible = (names: readonly NamedTypeNode[] | undefined) =>
    names?.filter((name) => !hidden.has(name.name.value));
  switch (type.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      return { ...type, directives, interfaces: visible(type.interfaces) ?? [], fields: apiFields(type.fields, links) };
    case Kind.UNION_TYPE_DEFINITION:
      return { ...type, directives, types: visible(type.types) ?? [] };
    case Kind.ENUM_TYPE_DEFINITION:
      return { ...type, directives, values: apiValues(type, links) };
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return { ...type, directives, fields: apiInputs(type.fields, links) };
    case Kind.SCALAR_TYPE_DEFINITION:
      return { ...type, directives };
  }
}

function apiFields(fields: readonly FieldDefinitionNode[] | undefined, links: SupergraphLinks): FieldDefinitionNode[] {
  return (fields ?? [])
    .filter((field) => !isInaccessible(field, links))
    .map((field) => ({
      ...field,
      directives: kept(field.directives),
      arguments: apiInputs(field.arguments, links),
    }));
}

function apiInputs(
  inputs: readonly InputValueDefinitionNode[] | undefined,
  links: SupergraphLinks,
): InputValueDefinitionNode[] {
  return (inputs ?? [])
    .filter((input) => !isInaccessible(input, links))
    .map((input) => ({ ...input, directives: kept(input.directives) }));
}

function apiValues(
  type: EnumTypeDefinitionNode,
  links: SupergraphLinks,
): NonNullable<EnumTypeDefinitionNode["values"]> {
  return (type.values ?? [])
    .filter((value) => !isInaccessible(value, links))
    .map((value) => ({ ...value, directives: kept(value.directives) }));
}

function kept(directives: readonly ConstDirectiveNode[] | undefined): ConstDirectiveNode[] {
  return (directives ?? []).filter((directive) => keptDirectives.has(directive.name.value));
}

function isInaccessible(
  node: { readonly directives?: readonly ConstDirectiveNode[] },
  links: SupergraphLinks,
): boolean {
  return node.directives?.some((directive) => directive.name.value === links.inaccessible) ?? false;
}
