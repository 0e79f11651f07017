/** The one place that knows Apollo's subgraph library: federation SDL and resolvers → an executable schema. */
import { buildSubgraphSchema } from "@apollo/subgraph";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { ResolverMap } from "./build-resolvers.ts";

type Resolvers = NonNullable<
  Parameters<typeof buildSubgraphSchema>[0] extends infer Given ? ResolversOf<Given> : never
>;
type ResolversOf<Given> = Given extends { resolvers?: infer Map } ? Map : never;

/** Adds `_entities` and `_service`. */
export function buildSchema(typeDefs: DocumentNode, resolvers: ResolverMap): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs, resolvers: resolvers as Resolvers });
}
