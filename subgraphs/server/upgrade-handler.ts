/** Upgrades: a subgraph's path is a WebSocket for gateways, and for no web page. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pathOf } from "./request-router.ts";
import type { WebSocketDoor } from "./websocket-door.ts";

/** Browsers name the page that connects, whatever it wants, and ask no permission; gateways send no `Origin`. */
export function createUpgradeHandler(
  doors: ReadonlyMap<string, WebSocketDoor>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    const door = doors.get(pathOf(request));
    if (door === undefined) return refuse(socket, "404 Not Found");
    if (request.headers.origin !== undefined) return refuse(socket, "403 Forbidden");
    door.upgrade(request, socket, head);
  };
}

function refuse(socket: Duplex, status: string): void {
  // The caller may be gone already; there is nobody to tell.
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
