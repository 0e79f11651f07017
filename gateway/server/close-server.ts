/** Closing: no new connections, streams end, answers on their way are sent, then everything is let go. */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { ApolloServer } from "@apollo/server";
import type { HttpContext } from "./apollo-host.ts";
import type { WebSocketDoor } from "./websocket-door.ts";

export interface ClosingParts {
  readonly server: Server;
  readonly sockets: WebSocketDoor;
  readonly apollo: ApolloServer<HttpContext>;
  /** Ends the event streams. */
  readonly closing: AbortController;
  readonly timeoutMs: number;
}

/** How often connections that have become idle are closed, in milliseconds: Node does it once, at the start. */
const idleSweepMs = 20;

/** Prepares closing, since it must have seen connections come; answers the function that closes. */
export function createClose(parts: ClosingParts): () => Promise<void> {
  const { server, sockets, apollo, closing, timeoutMs } = parts;
  const closeUnused = trackUnusedConnections(server);
  let closed: Promise<void> | undefined;
  const close = async () => {
    const stopped = server.listening ? stopListening(server, closeUnused, timeoutMs) : Promise.resolve();
    closing.abort();
    await sockets.close(timeoutMs);
    await stopped;
    await apollo.stop();
  };
  return () => (closed ??= close());
}

function stopListening(server: Server, closeUnused: () => void, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(timer);
      resolve();
    });
    closeUnused();
  });
}

/** Clients open connections ahead of need; for Node one that never carried a request is not idle. */
function trackUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  const use = (request: IncomingMessage) => void unused.delete(request.socket);
  server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", use);
  server.on("upgrade", use);
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
