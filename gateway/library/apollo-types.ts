/** Apollo Server's side of a gateway, as its options have it. */
import type { ApolloServerOptions, BaseContext } from "@apollo/server";

export type ApolloGateway = NonNullable<ApolloServerOptions<BaseContext>["gateway"]>;
export type ApolloExecutor = NonNullable<Awaited<ReturnType<ApolloGateway["load"]>>["executor"]>;
export type ApolloSchemaListener = Parameters<ApolloGateway["onSchemaLoadOrUpdate"]>[0];
