/** The hand-written resolvers of a type, and the check that none is missing or left over. */
import type { FieldDefinitionNode, ObjectTypeDefinitionNode } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import type { FieldResolver, FieldValue, ResolverParent } from "./domain-resolvers.ts";
import { readField, type EntityNode } from "./entity-node.ts";
import type { ExecutionContext } from "./execution-context.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";

/** They see their entity through a small window, not as graphql-js carries it. */
export function writtenResolvers(parts: ResolverParts, typeName: string): Readonly<Record<string, Resolver<unknown>>> {
  const written = Object.entries(parts.written[typeName] ?? {});
  return Object.fromEntries(written.map(([field, resolver]) => [field, adapt(typeName, resolver)]));
}

/** @throws OnefoldError DECLARATION_INVALID for a field that nothing resolves, or a resolver without a field */
export function checkWritten(
  parts: ResolverParts,
  node: ObjectTypeDefinitionNode,
  generated: ReadonlySet<string>,
): void {
  const type = node.name.value;
  const written = parts.written[type] ?? {};
  const fields = node.fields ?? [];
  const file = `subgraphs/${parts.domain.name}/resolvers.ts`;
  const isRoot = type === "Query" || type === "Mutation" || type === "Subscription";
  const missing = fields.find(
    (field) => needsResolver(field) && !generated.has(field.name.value) && !(field.name.value in written),
  );
  if (missing !== undefined && (isRoot || parts.index.entityOf(type) !== undefined)) {
    const name = `${type}.${missing.name.value}`;
    throw new OnefoldError("DECLARATION_INVALID", `No directive says how ${name} comes to be, and no resolver does.`, {
      remedy: `Give it a directive, or write its resolver: resolvers.${name} in ${file}.`,
    });
  }
  const extra = Object.keys(written).find((name) => !fields.some((field) => field.name.value === name));
  if (extra !== undefined) {
    throw new OnefoldError(
      "DECLARATION_INVALID",
      `${file} resolves ${type}.${extra}, which the domain does not declare.`,
      {
        remedy: `Declare the field in ${parts.domain.file}, or take its resolver out.`,
      },
    );
  }
}

/** `id` and what another subgraph gives come with the entity. */
function needsResolver({ name, directives }: FieldDefinitionNode): boolean {
  return name.value !== "id" && !directives?.some((directive) => directive.name.value.endsWith("external"));
}

function adapt(typeName: string, written: FieldResolver): Resolver<unknown> {
  return (parent, args, context, info) => written.resolve(parentWindow(typeName, parent, context), args, context, info);
}

function parentWindow(typeName: string, parent: unknown, context: ExecutionContext): ResolverParent {
  const node = isEntityNode(parent) ? parent : null;
  return {
    __typename: node?.__typename ?? typeName,
    id: node?.id ?? "",
    given: (field) => (isRecord(parent) ? parent[field] : undefined),
    read(field): FieldValue {
      if (node !== null) return readField(context, node, field);
      throw new OnefoldError("INTERNAL", `${typeName} is no entity: it has no state field ${field}.`);
    },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isEntityNode(value: unknown): value is EntityNode {
  return isRecord(value) && "entity" in value && "values" in value;
}
