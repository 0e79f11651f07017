/** Upgrades: only /graphql is a WebSocket, and only pages of allowed origins may open it (browsers do not ask CORS here). */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { OriginPolicy } from "./cors.ts";
import { graphqlPath } from "./request-router.ts";
import type { WebSocketDoor } from "./websocket-door.ts";

export function createUpgradeHandler(
  origins: OriginPolicy,
  door: WebSocketDoor,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (path !== graphqlPath) return refuse(socket, "404 Not Found");
    if (!origins.allows(request)) return refuse(socket, "403 Forbidden");
    door.upgrade(request, socket, head);
  };
}

function refuse(socket: Duplex, status: string): void {
  // The client may be gone already; there is nobody to tell.
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
