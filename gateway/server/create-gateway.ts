/** The gateway, assembled: one server opens HTTP, WebSocket and SSE on a graph. */
import { createServer } from "node:http";
import type { GraphQLSchema } from "graphql";
import { composeSubgraphs } from "../compose.ts";
import { silentLogger, type GatewayLogger } from "../gateway-logger.ts";
import { createGeneration } from "../generation.ts";
import { ServingGraph } from "../serving-graph.ts";
import { startApolloHost } from "./apollo-host.ts";
import { createClose } from "./close-server.ts";
import { createOriginPolicy } from "./cors.ts";
import { createDocumentGate } from "./document-gate.ts";
import { gatewaySettings, type GatewayDeps, type GatewaySettings } from "./gateway-options.ts";
import { createGetPolicy } from "./get-policy.ts";
import { createGraphiqlPage } from "./graphiql-page.ts";
import { createHttpDoor } from "./http-door.ts";
import { createIdentify } from "./identify.ts";
import { listen, type ListenAddress } from "./listen.ts";
import { createPartsWay } from "./parts-way.ts";
import { createPersistedDocuments } from "./persisted-documents.ts";
import { createRouter } from "./request-router.ts";
import { createShortWay } from "./short-way.ts";
import { createSseDoor } from "./sse-door.ts";
import { createUpgradeHandler } from "./upgrade-handler.ts";
import { createWebSocketDoor } from "./websocket-door.ts";

export interface Gateway extends AsyncDisposable {
  /** Of the generation that serves now. */
  readonly supergraphSdl: string;
  /** What clients see; print it with `printApiSchema`. */
  readonly schema: GraphQLSchema;
  /** Opens the doors; answers the port. Rejects with PORT_BUSY. */
  listen(address: ListenAddress): Promise<number>;
  /** Closes the doors: sockets with 1001, streams with `complete`, answers on their way are waited for. Idempotent. */
  close(): Promise<void>;
}

/**
 * Composes subgraphs and opens a gateway on them.
 * @throws OnefoldError COMPOSITION_FAILED, PLANNER_UNAVAILABLE
 */
export async function createGateway({ subgraphs, logger = silentLogger, options }: GatewayDeps): Promise<Gateway> {
  const settings = gatewaySettings(options);
  const supergraphSdl = composeSubgraphs(subgraphs);
  const generation = await createGeneration({ ...settings, supergraphSdl, subgraphs, logger });
  const gateway = await openGateway(new ServingGraph(generation), settings, logger);
  const close = async (): Promise<void> => {
    await gateway.close();
    generation.close();
  };
  return {
    ...gateway,
    // Getters are not copied by a spread.
    ...{ supergraphSdl: generation.supergraphSdl, schema: generation.schema },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Opens a gateway on a graph that may be swapped while it serves. */
export async function openGateway(
  graph: ServingGraph,
  settings: GatewaySettings,
  logger: GatewayLogger,
): Promise<Gateway> {
  const { monitor } = settings;
  const gate = createDocumentGate(settings, settings.planCacheSize);
  const documents = createPersistedDocuments(settings.trustedDocuments, settings.planCacheSize);
  const origins = createOriginPolicy(settings.corsOrigins);
  const getPolicy = createGetPolicy(settings.allowSimpleGet, origins);
  const identify = createIdentify(settings, logger);
  const closing = new AbortController();

  const apollo = await startApolloHost({ graph, logger, ...settings });
  const shortWay = createShortWay({ graph, gate, shareQueries: settings.shareQueries, monitor });
  const partsWay = createPartsWay({ graph, gate });
  const http = createHttpDoor({ ...settings, apollo, shortWay, partsWay, gate, getPolicy, documents, identify });
  const sse = createSseDoor({
    graph,
    gate,
    getPolicy,
    documents,
    identify,
    maxBodyBytes: settings.maxBodyBytes,
    monitor,
    closing: closing.signal,
  });
  const sockets = createWebSocketDoor({ ...settings, graph, gate, documents, identify, logger });
  const page = createGraphiqlPage(settings.examples);

  const server = createServer(createRouter({ origins, http, sse, page, settings, logger }));
  server.on("upgrade", createUpgradeHandler(origins, sockets));

  const close = createClose({ server, sockets, apollo, closing, timeoutMs: settings.closeTimeoutMs });
  return {
    get supergraphSdl() {
      return graph.current.supergraphSdl;
    },
    get schema() {
      return graph.current.schema;
    },
    listen: (address) => listen(server, address),
    close,
    [Symbol.asyncDispose]: close,
  };
}
