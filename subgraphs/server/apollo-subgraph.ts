/** Apollo Server for one subgraph: it parses requests and holds them to limits; what validates and runs is the subgraph. */
import {
  ApolloServer,
  HeaderMap,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type GraphQLRequest,
  type GraphQLResponse,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type DocumentNode } from "graphql";
import type { Logger } from "../runtime/serving-deps.ts";
import type { RequestContext, Subgraph, SubgraphResult } from "../subgraph.ts";
import { wantsCursor } from "./caller-context.ts";
import { createLimitCheck } from "./document-limits.ts";
import { executeWithin } from "./execute-within.ts";
import type { SubgraphServerSettings } from "./subgraph-server-options.ts";
import { toWireResult } from "./wire-result.ts";

/** Why a document comes to Apollo Server: to be run, or only to be judged, for a door that runs it by itself. */
export type ApolloContext =
  | { readonly kind: "run"; readonly request: RequestContext; readonly signal: AbortSignal }
  | { readonly kind: "judge"; readonly accept: (document: DocumentNode) => void };

export interface ApolloSubgraphDeps {
  readonly subgraph: Subgraph;
  readonly logger: Logger;
  readonly settings: SubgraphServerSettings;
}

/**
 * Starts it: introspection and CSRF prevention on; landing page, caching, reporting and stack traces off. Documents are
 * kept by their text, so that each is parsed, measured and validated once.
 */
export async function startApolloSubgraph(deps: ApolloSubgraphDeps): Promise<ApolloServer<ApolloContext>> {
  const { settings } = deps;
  const server = new ApolloServer<ApolloContext>({
    schema: deps.subgraph.schema,
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    nodeEnv: "production",
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: settings.maxTokens },
    // The subgraph validates, as it does in-process: once a document, and with its own codes.
    dangerouslyDisableValidation: true,
    logger: apolloLogger(deps),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      answerBySubgraph(deps),
    ],
  });
  await server.start();
  return server;
}

/** The document of a request that is GraphQL and within the limits, or why it is not. */
export async function judgeDocument(
  apollo: ApolloServer<ApolloContext>,
  request: GraphQLRequest,
): Promise<DocumentNode | readonly GraphQLError[]> {
  const accepted: DocumentNode[] = [];
  const contextValue: ApolloContext = { kind: "judge", accept: (document) => void accepted.push(document) };
  const { body } = await apollo.executeOperation(request, { contextValue });
  const [document] = accepted;
  if (document !== undefined) return document;
  const errors = body.kind === "single" ? (body.singleResult.errors ?? []) : [];
  return errors.map(({ message, extensions }) => new GraphQLError(message, { extensions: extensions ?? {} }));
}

/** In place of Apollo Server's own execution. */
function answerBySubgraph({ subgraph, settings }: ApolloSubgraphDeps): ApolloServerPlugin<ApolloContext> {
  const refusalOf = createLimitCheck(settings);
  const listener: Awaited<ReturnType<NonNullable<ApolloServerPlugin<ApolloContext>["requestDidStart"]>>> = {
    async didResolveOperation({ document, operation, contextValue }) {
      const refusal = refusalOf(document);
      if (refusal !== undefined) throw refusal;
      if (contextValue.kind === "run" && operation?.operation === "subscription") throw needsStream();
    },
    async responseForOperation({ document, request, contextValue }): Promise<GraphQLResponse> {
      const headers = new HeaderMap();
      if (contextValue.kind === "judge") {
        contextValue.accept(document);
        return { http: { headers }, body: { kind: "single", singleResult: {} } };
      }
      const context = { ...contextValue.request, wantsCursor: wantsCursor(request.extensions) };
      const { operationName, variables = {} } = request;
      const result = await executeWithin(
        subgraph,
        {
          ...{ document, variables, context, signal: contextValue.signal },
          ...(operationName == null ? {} : { operationName }),
        },
        settings.executionTimeoutMs,
      );
      const singleResult = toWireResult(result, context);
      return { http: { status: statusOf(result), headers }, body: { kind: "single", singleResult } };
    },
  };
  return { requestDidStart: () => Promise.resolve(listener) };
}

/** As GraphQL over HTTP has it: 200 for any answer with data, and otherwise by whose fault it is. */
function statusOf({ data, errors }: SubgraphResult): number {
  if (data !== undefined) return 200;
  const code = errors?.[0]?.extensions?.["code"];
  if (code === "REQUEST_TIMEOUT") return 503;
  return code === "INPUT_INVALID" ? 400 : 500;
}

function needsStream(): GraphQLError {
  const message = "A subscription needs a stream: connect by WebSocket (graphql-transport-ws) to the same path.";
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 406 } } });
}

function apolloLogger({
  logger,
  subgraph,
}: ApolloSubgraphDeps): NonNullable<ApolloServerOptions<ApolloContext>["logger"]> {
  const tell = (message: unknown): void =>
    logger.error({ domain: subgraph.name, from: "apollo-server" }, String(message));
  return { debug: () => {}, info: () => {}, warn: tell, error: tell };
}
