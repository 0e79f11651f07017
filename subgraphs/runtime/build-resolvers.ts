/** The domain model → resolvers for every type of a domain's subgraph, the hand-written ones beside the generated ones. */
import {
  Kind,
  type DefinitionNode,
  type GraphQLResolveInfo,
  type GraphQLScalarType,
  type ObjectTypeDefinitionNode,
} from "graphql";
import { keyFromGraphId } from "../../schema/model/entity-key.ts";
import type { EntityModel } from "../../schema/model/entity.ts";
import { entityFieldResolvers } from "./entity-field-resolvers.ts";
import { linkResolver, type EntityLink } from "./entity-link.ts";
import type { EntityNode } from "./entity-node.ts";
import { eventResolvers } from "./event-resolvers.ts";
import { rankingRowResolvers } from "./ranking-resolvers.ts";
import type { ExecutionContext } from "./execution-context.ts";
import { inputInvalid } from "./input-invalid.ts";
import type { ResolverParts } from "./resolver-parts.ts";
import { rootResolvers } from "./root-resolvers.ts";
import { seriesRowResolvers } from "./series-row-resolvers.ts";
import { valueScalars } from "./value-scalars.ts";
import { checkWritten, writtenResolvers } from "./written-resolvers.ts";

/** By type, then by field: the form that a federation schema takes its resolvers in. */
export type ResolverMap = Record<string, Record<string, unknown> | GraphQLScalarType>;

/** `definitions`: the printed subgraph's. A field that nothing resolves is refused here, at the start. */
export function buildResolvers(parts: ResolverParts, definitions: readonly DefinitionNode[]): ResolverMap {
  const roots: Readonly<Record<string, object>> = { ...rootResolvers(parts) };
  const resolvers: ResolverMap = {};
  for (const node of definitions) {
    switch (node.kind) {
      case Kind.SCALAR_TYPE_DEFINITION: {
        const scalar = valueScalars.get(node.name.value);
        if (scalar !== undefined) resolvers[node.name.value] = scalar;
        break;
      }
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.UNION_TYPE_DEFINITION:
        resolvers[node.name.value] = { __resolveType: typeOf, ...interfaceReference(parts, node.name.value) };
        break;
      case Kind.OBJECT_TYPE_DEFINITION: {
        const generated = { ...typeResolvers(parts, node), ...roots[node.name.value] };
        checkWritten(parts, node, new Set(Object.keys(generated)));
        resolvers[node.name.value] = { ...generated, ...writtenResolvers(parts, node.name.value) };
        break;
      }
      default:
        break;
    }
  }
  return resolvers;
}

function typeOf(node: { readonly __typename: string }): string {
  return node.__typename;
}

/** What the model knows of a type; nothing for a type of the author's own, whose values resolve by themselves. */
function typeResolvers(parts: ResolverParts, node: ObjectTypeDefinitionNode): Record<string, unknown> {
  const { index } = parts;
  const { platform } = index;
  const name = node.name.value;
  const entity = index.entityOf(name);
  if (entity !== undefined) {
    return { ...entityFieldResolvers(parts, entity, node), __resolveReference: referenceResolver(parts, entity, name) };
  }
  const event = platform.events.find((candidate) => candidate.name === name);
  if (event !== undefined) return eventResolvers(parts, event);
  const series = platform.series.find((candidate) => candidate.name === name);
  if (series !== undefined) return seriesRowResolvers(parts, series);
  const ranking = platform.rankings.find((candidate) => candidate.rowType === name);
  return ranking === undefined ? {} : rankingRowResolvers(parts, ranking);
}

/** An entity that is an interface may be referred to by a subgraph that does not know its concrete types. */
function interfaceReference(parts: ResolverParts, name: string): { readonly __resolveReference?: ReferenceResolver } {
  const entity = parts.index.entityOf(name);
  return entity === undefined ? {} : { __resolveReference: referenceResolver(parts, entity) };
}

/** As Apollo's library calls it: without arguments. `link` is for compiled reads. */
export interface ReferenceResolver {
  (reference: Reference, context: ExecutionContext, info: GraphQLResolveInfo): Promise<EntityNode | null> | null;
  readonly link: EntityLink<Reference>;
}

type Reference = Readonly<Record<string, unknown>>;

/** A reference from another subgraph stands for itself: it resolves whether or not the entity was ever seen here. */
function referenceResolver(parts: ResolverParts, entity: EntityModel, typeName?: string): ReferenceResolver {
  const follow = linkResolver<Reference>(parts, {
    entity,
    mustExist: false,
    ...(typeName === undefined ? {} : { typeName }),
    keyOf({ id }) {
      if (typeof id === "string") return keyFromGraphId(id, entity.identifiers);
      throw inputInvalid(`A reference to ${entity.name} needs its id.`);
    },
    // Fields that another subgraph gave for `@requires` come along.
    lend: (reference, node) => (Object.keys(reference).length <= 2 ? node : { ...reference, ...node }),
  });
  const resolve = async (
    reference: Reference,
    context: ExecutionContext,
    info: GraphQLResolveInfo,
  ): Promise<EntityNode | null> => follow(reference, noArguments, context, info);
  return Object.assign(resolve, { link: follow.link });
}

const noArguments: Readonly<Record<string, unknown>> = {};
