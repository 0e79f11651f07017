/** Closing: no new connections, subscriptions end, answers on their way are sent, then everything is let go. */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

export interface ClosingParts {
  readonly server: Server;
  readonly sockets: readonly { close(timeoutMs: number): Promise<void> }[];
  readonly apollos: readonly { stop(): Promise<void> }[];
  /** Is aborted first: from then on the server says that it is not ready. */
  readonly closing: AbortController;
  readonly timeoutMs: number;
}

/** How often connections that have become idle are closed, in milliseconds: Node does it once, at the start. */
const idleSweepMs = 20;

/** Prepares closing, since it must have seen connections come; answers the function that closes, once. */
export function createClose({ server, sockets, apollos, closing, timeoutMs }: ClosingParts): () => Promise<void> {
  const closeUnused = trackUnusedConnections(server);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closing.abort();
    const stopped = server.listening ? stopListening(server, closeUnused, timeoutMs) : Promise.resolve();
    await Promise.all(sockets.map((door) => door.close(timeoutMs)));
    await stopped;
    await Promise.all(apollos.map((apollo) => apollo.stop()));
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

/** Gateways open connections ahead of need; for Node one that never carried a request is not idle. */
function trackUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  const use = (request: IncomingMessage): void => void unused.delete(request.socket);
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
