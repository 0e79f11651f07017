/** The generated fields of one entity type in one domain. */
import type { FieldDefinitionNode, ObjectTypeDefinitionNode } from "graphql";
import type { EntityField, EntityModel } from "../../schema/model/entity.ts";
import type { EntityNode } from "./entity-node.ts";
import { metricResolver } from "./metric-resolver.ts";
import { recentResolver } from "./recent-resolver.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { seriesResolver } from "./series-resolver.ts";

/** All but `id`, which resolves by itself, and what is resolved by hand. */
export function entityFieldResolvers(
  parts: ResolverParts,
  entity: EntityModel,
  node: ObjectTypeDefinitionNode,
): Readonly<Record<string, Resolver<EntityNode>>> {
  const resolvers: Record<string, Resolver<EntityNode>> = {};
  for (const definition of node.fields ?? []) {
    const name = definition.name.value;
    const field = entity.fields.find(
      (candidate) =>
        candidate.name === name &&
        candidate.domain === parts.domain.name &&
        (candidate.on === node.name.value || candidate.on === entity.name),
    );
    const resolver = field === undefined ? undefined : fieldResolver(parts, entity, { field, definition });
    if (resolver !== undefined) resolvers[name] = resolver;
  }
  return resolvers;
}

function fieldResolver(
  parts: ResolverParts,
  entity: EntityModel,
  { field, definition }: { readonly field: EntityField; readonly definition: FieldDefinitionNode },
): Resolver<EntityNode> | undefined {
  switch (field.kind) {
    case "metric":
      return metricResolver(parts, field);
    case "recent":
      return recentResolver(parts, field, definition);
    case "series":
      return seriesResolver(parts, field, entity.name);
    case "custom":
      return undefined;
  }
}
