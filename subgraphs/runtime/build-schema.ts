/** The one place that knows Apollo's subgraph library: federation SDL and resolvers → an executable schema. */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { isInterfaceType, isObjectType, type DocumentNode, type GraphQLSchema } from "graphql";
import type { ResolverMap } from "./build-resolvers.ts";
import { inputInvalid } from "./input-invalid.ts";

type Resolvers = NonNullable<
  Parameters<typeof buildSubgraphSchema>[0] extends infer Given ? ResolversOf<Given> : never
>;
type ResolversOf<Given> = Given extends { resolvers?: infer Map } ? Map : never;

/** Adds `_entities` and `_service`. */
export function buildSchema(typeDefs: DocumentNode, resolvers: ResolverMap): GraphQLSchema {
  const schema = buildSubgraphSchema({ typeDefs, resolvers: resolvers as Resolvers });
  checkReferencesFirst(schema);
  return schema;
}

/**
 * The library resolves reference after reference, and throws where one has a type that is not here: whatever an earlier one
 * fails with later would then be nobody's, and end the process.
 */
function checkReferencesFirst(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()["_entities"];
  const resolve = field?.resolve;
  if (field === undefined || resolve === undefined) return;
  field.resolve = (source, args: Readonly<Record<string, unknown>>, context, info) => {
    for (const reference of args["representations"] as readonly unknown[]) {
      const type =
        typeof reference === "object" && reference !== null && "__typename" in reference && reference.__typename;
      const known = typeof type === "string" ? schema.getType(type) : undefined;
      if (isObjectType(known) || isInterfaceType(known)) continue;
      throw inputInvalid(
        typeof type === "string"
          ? `representations: there is no entity type ${JSON.stringify(type.slice(0, 60))} here.`
          : "representations: a reference has no __typename.",
      );
    }
    return resolve(source, args, context, info);
  };
}
