/** Apollo Server as host of the HTTP pipeline, with our engine behind its gateway interface. */
import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { IntrospectionPolicy } from "../authorization/principal.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { OperationAnswer } from "../execution/operation-answer.ts";
import type { Generation } from "../generation.ts";
import type { ServingGraph } from "../serving-graph.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import { noteFailures, type FailureNote } from "./answer-status.ts";
import { deferRules } from "./defer-rules.ts";
import { withWishes } from "./request-context.ts";

/** What travels through Apollo Server from the HTTP door to the executor. */
export interface HttpContext {
  readonly request: RequestContext;
  /** What became of the operation, where it was run before. */
  readonly answer: OperationAnswer | undefined;
  readonly signal: AbortSignal;
  readonly note: FailureNote;
}

type ApolloGateway = NonNullable<ApolloServerOptions<HttpContext>["gateway"]>;
type ApolloExecutor = NonNullable<Awaited<ReturnType<ApolloGateway["load"]>>["executor"]>;

export interface ApolloHostOptions {
  readonly graph: ServingGraph;
  readonly logger: GatewayLogger;
  readonly maxTokens: number;
  readonly introspection: IntrospectionPolicy;
}

/** Starts an Apollo Server: introspection and CSRF prevention on; landing page, caching and reporting off. */
export async function startApolloHost(options: ApolloHostOptions): Promise<ApolloServer<HttpContext>> {
  const server = new ApolloServer<HttpContext>({
    gateway: apolloGateway(options.graph),
    // Who may introspect is decided when an operation runs, for all doors.
    introspection: true,
    hideSchemaDetailsFromClientErrors: options.introspection !== "allow",
    csrfPrevention: true,
    // They are found before, in one way for all doors.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    nodeEnv: "production",
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: options.maxTokens },
    validationRules: [...deferRules],
    logger: apolloLogger(options.logger),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      refuseSubscriptions,
      noteFailures,
    ],
  });
  await server.start();
  return server;
}

/** Schema and executor are swapped apart on a reload, so the executor goes by the schema that a request was validated by. */
function apolloGateway(graph: ServingGraph): ApolloGateway {
  const generations = new WeakMap<GraphQLSchema, Generation>();
  const executor: ApolloExecutor = async (requestContext) => {
    const { request, context, schema, document } = requestContext;
    const { request: requestOf, answer, signal } = context as HttpContext;
    if (answer !== undefined) return answer;
    const serving = generations.get(schema);
    if (serving === undefined) throw new Error("A request was validated by a schema that no generation has.");
    return serving.execute({
      document,
      operationName: request.operationName ?? undefined,
      variables: request.variables,
      context: withWishes(requestOf, request.extensions),
      signal,
    });
  };
  let tell: Parameters<ApolloGateway["onSchemaLoadOrUpdate"]>[0] = () => {};
  const serve = (generation: Generation): void => {
    generations.set(generation.schema, generation);
    tell({ apiSchema: generation.schema, coreSupergraphSdl: generation.supergraphSdl });
  };
  const stopListening = graph.onSwap(serve);
  return {
    onSchemaLoadOrUpdate: (callback) => {
      tell = callback;
      return () => {
        tell = () => {};
      };
    },
    load: () => {
      serve(graph.current);
      return Promise.resolve({ executor });
    },
    stop: () => {
      stopListening();
      return Promise.resolve();
    },
  };
}

/** By itself Apollo Server answers `{}` to a subscription that comes without a streaming `Accept`. */
const refuseSubscriptions: ApolloServerPlugin<HttpContext> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ operation }) => {
        if (operation?.operation !== "subscription") return Promise.resolve();
        return Promise.reject(
          new GraphQLError(
            "A subscription needs a stream: connect by WebSocket (graphql-transport-ws), or send Accept: text/event-stream.",
            { extensions: { code: "BAD_REQUEST", http: { status: 406 } } },
          ),
        );
      },
    }),
};

function apolloLogger(logger: GatewayLogger): NonNullable<ApolloServerOptions<HttpContext>["logger"]> {
  const from = { from: "apollo-server" };
  return {
    debug: (message) => logger.debug(from, String(message)),
    info: (message) => logger.info(from, String(message)),
    warn: (message) => logger.warn(from, String(message)),
    error: (message) => logger.error(from, String(message)),
  };
}
