/** The gateway, assembled: subgraphs are composed, and one server opens HTTP, WebSocket and SSE on the graph. */
import { createServer } from "node:http";
import type { GraphQLSchema } from "graphql";
import { composeSubgraphs } from "../compose.ts";
import { silentLogger } from "../gateway-logger.ts";
import { createGeneration } from "../generation.ts";
import { startApolloHost } from "./apollo-host.ts";
import { createClose } from "./close-server.ts";
import { createOriginPolicy } from "./cors.ts";
import { createDocumentGate } from "./document-gate.ts";
import { gatewaySettings, type GatewayDeps } from "./gateway-options.ts";
import { createGraphiqlPage } from "./graphiql-page.ts";
import { createHttpDoor } from "./http-door.ts";
import { listen, type ListenAddress } from "./listen.ts";
import { createRouter } from "./request-router.ts";
import { createSseDoor } from "./sse-door.ts";
import { createUpgradeHandler } from "./upgrade-handler.ts";
import { createWebSocketDoor } from "./websocket-door.ts";

export interface Gateway extends AsyncDisposable {
  readonly supergraphSdl: string;
  /** What clients see; print it with `printApiSchema`. */
  readonly schema: GraphQLSchema;
  /** Opens the doors; answers the port. Rejects with PORT_BUSY. */
  listen(address: ListenAddress): Promise<number>;
  /** Closes the doors: sockets with 1001, streams with `complete`, answers on their way are waited for. Idempotent. */
  close(): Promise<void>;
}

/** @throws OnefoldError COMPOSITION_FAILED */
export async function createGateway({ subgraphs, logger = silentLogger, options }: GatewayDeps): Promise<Gateway> {
  const settings = gatewaySettings(options);
  const supergraphSdl = composeSubgraphs(subgraphs);
  const generation = createGeneration({ ...settings, supergraphSdl, subgraphs, logger });
  const gate = createDocumentGate(settings, settings.planCacheSize);
  const origins = createOriginPolicy(settings.corsOrigins);
  const closing = new AbortController();

  const apollo = await startApolloHost({ generation, logger, maxTokens: settings.maxTokens });
  const http = createHttpDoor({ apollo, gate, maxBodyBytes: settings.maxBodyBytes });
  const sse = createSseDoor({ generation, gate, maxBodyBytes: settings.maxBodyBytes, closing: closing.signal });
  const sockets = createWebSocketDoor({ generation, gate, logger, maxMessageBytes: settings.maxBodyBytes });
  const page = createGraphiqlPage(settings.examples);

  const server = createServer(createRouter({ origins, http, sse, page, settings, logger }));
  server.on("upgrade", createUpgradeHandler(origins, sockets));

  const close = createClose({ server, sockets, apollo, closing, timeoutMs: settings.closeTimeoutMs });
  return {
    supergraphSdl,
    schema: generation.schema,
    listen: (address) => listen(server, address),
    close,
    [Symbol.asyncDispose]: close,
  };
}
