/** Closing: no new connections, streams end, answers on their way are sent, then everything is let go. */
import type { Server } from "node:http";
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

export async function closeServer({ server, sockets, apollo, closing, timeoutMs }: ClosingParts): Promise<void> {
  const stopped = server.listening ? stopListening(server, timeoutMs) : Promise.resolve();
  closing.abort();
  await sockets.close(timeoutMs);
  await stopped;
  await apollo.stop();
}

function stopListening(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
