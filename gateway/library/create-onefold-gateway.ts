/** Onefold's engine behind an Apollo Server of one's own: `new ApolloServer({ gateway, ...gateway.serverOptions() })`. */
import type { ApolloServerPlugin, BaseContext } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import type { GraphQLSchema } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { writtenData, type OperationAnswer } from "../execution/operation-answer.ts";
import { silentLogger } from "../gateway-logger.ts";
import type { Generation } from "../generation.ts";
import { GraphKeeper, type Offered } from "../reload/graph-keeper.ts";
import { gatewaySettings, type GatewaySettings } from "../server/gateway-options.ts";
import type { SupergraphSubgraph } from "../supergraph-subgraphs.ts";
import type { RemoteSubgraphOptions } from "../transport/remote-subgraph-options.ts";
import type { ApolloExecutor, ApolloGateway, ApolloSchemaListener } from "./apollo-types.ts";
import type { OnefoldGatewayOptions } from "./library-options.ts";
import { checkOrigin, openGraphSource, type GraphSource } from "./open-graph-source.ts";
import { createRunRequest } from "./run-request.ts";
import { createWrittenData, stringifyResult } from "./written-data.ts";

/** Implements Apollo Server's `GatewayInterface`; one gateway serves one server. */
export interface OnefoldGateway extends ApolloGateway {
  /** Of the graph that serves now. @throws OnefoldError INPUT_INVALID before the server has started, and after it stopped */
  readonly supergraphSdl: string;
  /** Why the last supergraph that was offered does not serve; null when it does. */
  readonly refusal: string | null;
  /** Takes another supergraph while the server runs. What cannot be served changes nothing. */
  offer(supergraphSdl: string): Promise<Offered>;
  /**
   * What Apollo Server needs beside `gateway` to cost least: answers are sent as the engine wrote them, documents have Onefold's
   * limit of tokens, and cache control is off, as its hints are not kept here. `plugins`: the server's own.
   */
  serverOptions<Context extends BaseContext>(
    plugins?: readonly ApolloServerPlugin<Context>[],
  ): OnefoldServerOptions<Context>;
}

export interface OnefoldServerOptions<Context extends BaseContext> {
  readonly plugins: ApolloServerPlugin<Context>[];
  readonly stringifyResult: typeof stringifyResult;
  readonly parseOptions: { readonly maxLexicalTokens: number };
}

interface Running {
  readonly source: GraphSource;
  readonly keeper: GraphKeeper;
  readonly watch: Disposable;
}

/** @throws OnefoldError INPUT_INVALID where there is not exactly one graph to serve; `load` throws what is wrong with it */
export function createOnefoldGateway<Context extends BaseContext = BaseContext>(
  options: OnefoldGatewayOptions<Context>,
): OnefoldGateway {
  checkOrigin(options);
  const { logger = silentLogger, lookEveryMs, headersOf = () => ({}) } = options;
  const { authorize } = options;
  const settings = settingsOf(options);
  const runRequest = createRunRequest({
    limits: settings,
    headersOf: (context) => headersOf(context as Context),
    authorize: authorize && ((context) => authorize(context as Context)),
  });
  const optionsOf = reachOf(options);
  const generations = new WeakMap<GraphQLSchema, Generation>();
  const listeners = new Set<ApolloSchemaListener>();
  const stopping = new AbortController();
  let running: Running | undefined;
  let sendsText = false;

  const serve = (generation: Generation): void => {
    generations.set(generation.schema, generation);
    const told = { apiSchema: generation.schema, coreSupergraphSdl: generation.supergraphSdl };
    for (const listener of listeners) listener(told);
  };
  // Schema and executor are swapped apart on a reload, so the executor goes by the schema that a request was validated by.
  const executor: ApolloExecutor = async (request) => {
    const generation = generations.get(request.schema);
    if (generation === undefined) throw new Error("A request was validated by a schema that no generation has.");
    const answer = await runRequest(request, generation);
    return sendsText ? asText(answer) : answer;
  };
  const keeperOf = (): GraphKeeper => {
    if (running !== undefined) return running.keeper;
    throw new OnefoldError("INPUT_INVALID", "The gateway serves nothing: its server has not started, or has stopped.");
  };
  return {
    get supergraphSdl() {
      return keeperOf().graph.current.supergraphSdl;
    },
    get refusal() {
      return running?.keeper.refusal ?? null;
    },
    offer: async (supergraphSdl) => keeperOf().offer(supergraphSdl),
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async load() {
      const { signal } = stopping;
      const source = await openGraphSource(options, { optionsOf, lookEveryMs, logger, signal });
      try {
        const keeper = await GraphKeeper.open(source.supergraphSdl, { optionsOf, settings, logger });
        serve(keeper.graph.current);
        keeper.graph.onSwap(serve);
        running = { source, keeper, watch: source.watch(keeper) };
      } catch (error) {
        source.close();
        throw error;
      }
      return { executor };
    },
    stop() {
      stopping.abort();
      running?.watch[Symbol.dispose]();
      running?.keeper.close();
      running?.source.close();
      running = undefined;
      return Promise.resolve();
    },
    serverOptions: (plugins = []) => ({
      plugins: [
        ApolloServerPluginCacheControlDisabled(),
        { serverWillStart: () => Promise.resolve(void (sendsText = true)) },
        ...plugins,
      ],
      stringifyResult,
      parseOptions: { maxLexicalTokens: settings.maxTokens },
    }),
  };
}

function settingsOf<Context>(options: OnefoldGatewayOptions<Context>): GatewaySettings {
  const { planCacheSize, maxDepth, maxFields, rejectUnauthorized, authorize } = options;
  const known = gatewaySettings({
    ...(planCacheSize !== undefined && { planCacheSize }),
    ...(maxDepth !== undefined && { maxDepth }),
    ...(maxFields !== undefined && { maxFields }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  });
  return { ...known, authorises: authorize !== undefined };
}

/** The data as text, for `stringifyResult`. */
function asText(answer: OperationAnswer): OperationAnswer {
  const text = writtenData(answer);
  if (text === undefined) return answer;
  const { errors, extensions } = answer;
  return {
    data: createWrittenData(text),
    ...(errors !== undefined && { errors }),
    ...(extensions !== undefined && { extensions }),
  };
}

function reachOf<Context>({
  reach,
  logger = silentLogger,
}: OnefoldGatewayOptions<Context>): (subgraph: SupergraphSubgraph) => RemoteSubgraphOptions {
  return ({ name, url }) => {
    const options = { url, ...reach?.({ name, url }), name, logger };
    if (options.url !== "") return options;
    throw new OnefoldError("SUPERGRAPH_INVALID", `The supergraph names no address for the subgraph "${name}".`, {
      remedy: "Compose it with addresses, or give one with `reach`.",
    });
  };
}
