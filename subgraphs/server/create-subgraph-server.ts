/** The subgraph server, assembled: each domain's subgraph behind Apollo Server, all on one port. */
import { createServer, type ServerOptions } from "node:http";
import { startApolloSubgraph } from "./apollo-subgraph.ts";
import { createClose } from "./close-server.ts";
import { createHttpDoor, type HttpDoor } from "./http-door.ts";
import { listen, type ListenAddress } from "./listen.ts";
import { createRouter, subgraphPath } from "./request-router.ts";
import {
  subgraphServerSettings,
  type SubgraphServerDeps,
  type SubgraphServerSettings,
} from "./subgraph-server-options.ts";
import { createUpgradeHandler } from "./upgrade-handler.ts";
import { createWebSocketDoor, type WebSocketDoor } from "./websocket-door.ts";

export interface SubgraphServer extends AsyncDisposable {
  /** The paths that are served, in the order of the subgraphs: `/<domain>/graphql`, HTTP and WebSocket. */
  readonly paths: readonly string[];
  /** Opens the port; answers which it is. Rejects with PORT_BUSY. */
  listen(address: ListenAddress): Promise<number>;
  /** Closes: WebSockets with 1001, answers on their way are waited for. Idempotent. */
  close(): Promise<void>;
}

export async function createSubgraphServer({
  subgraphs,
  logger,
  options,
}: SubgraphServerDeps): Promise<SubgraphServer> {
  const settings = subgraphServerSettings(options);
  const closing = new AbortController();
  const doors = new Map<string, HttpDoor>();
  const sockets = new Map<string, WebSocketDoor>();

  const apollos = await Promise.all(subgraphs.map((subgraph) => startApolloSubgraph({ subgraph, logger, settings })));
  for (const [index, apollo] of apollos.entries()) {
    const subgraph = subgraphs[index];
    if (subgraph === undefined) continue;
    doors.set(subgraphPath(subgraph.name), createHttpDoor(apollo, settings.maxBodyBytes));
    sockets.set(subgraphPath(subgraph.name), createWebSocketDoor({ subgraph, apollo, logger, settings }));
  }

  const server = createServer(
    serverTimeouts(settings),
    createRouter({ doors, settings, closing: closing.signal, logger }),
  );
  server.on("upgrade", createUpgradeHandler(sockets));

  const close = createClose({
    ...{ server, sockets: [...sockets.values()], apollos, closing },
    timeoutMs: settings.closeTimeoutMs,
  });
  return {
    paths: [...doors.keys()],
    listen: (address) => listen(server, address),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Gateways keep connections: they must be the ones to close idle ones, or they would write into closed ones. */
const keepAliveTimeoutMs = 65_000;

function serverTimeouts({ receiveTimeoutMs }: SubgraphServerSettings): ServerOptions {
  return {
    requestTimeout: receiveTimeoutMs,
    headersTimeout: receiveTimeoutMs,
    connectionsCheckingInterval: Math.max(100, receiveTimeoutMs / 10),
    keepAliveTimeout: keepAliveTimeoutMs,
  };
}
