/** The WebSocket door: the graphql-transport-ws protocol on /graphql, for queries, mutations and subscriptions. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { WebSocketServer, type WebSocket } from "ws";
import type { GatewayLogger } from "../gateway-logger.ts";
import { SocketOperations } from "./socket-operations.ts";
import { createSocketProtocol, type SocketProtocol, type SocketProtocolDeps } from "./socket-protocol.ts";

export interface WebSocketDoorDeps extends SocketProtocolDeps {
  readonly logger: GatewayLogger;
  readonly maxBodyBytes: number;
  /** WebSockets that are open at once. */
  readonly maxSockets: number;
}

export interface WebSocketDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says 1001 (going away) to every client and waits for their sockets to close, at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/** A client is pinged this often; one that has not answered by the next ping is gone. In milliseconds. */
const pingIntervalMs = 15_000;
const maxMissedWhilePaused = 4;

/** With more than this unsent, a client that does not read is not listened to either, until it has read. In bytes. */
const maxUnsentBytes = 1024 * 1024;

/** What a close frame holds of a reason, in bytes of UTF-8. */
const maxReasonBytes = 123;

export function createWebSocketDoor(deps: WebSocketDoorDeps): WebSocketDoor {
  const protocol = createSocketProtocol(deps);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: deps.maxBodyBytes,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  return {
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (client) => {
        if (sockets.clients.size > deps.maxSockets) {
          turnAway(client);
          return;
        }
        const disconnected = deps.monitor?.connected?.();
        if (disconnected !== undefined) client.once("close", disconnected);
        serve(client, request, protocol, deps.logger);
      }),
    close: (timeoutMs) =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.close(1001, "Going away");
        const timer = setTimeout(() => {
          for (const client of sockets.clients) client.terminate();
        }, timeoutMs);
        sockets.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** How long a client that is turned away may take to close its side, in milliseconds. */
const turnAwayMs = 1_000;

/** "Try again later". A browser tells its page of a socket that was closed, and not of an upgrade that was refused. */
function turnAway(client: WebSocket): void {
  client.on("error", () => client.terminate());
  client.close(1013, "Too many connections");
  const timer = setTimeout(() => client.terminate(), turnAwayMs).unref();
  client.once("close", () => clearTimeout(timer));
}

function serve(client: WebSocket, request: IncomingMessage, protocol: SocketProtocol, logger: GatewayLogger): void {
  const close = (code: number, reason: string) => client.close(code, cutReason(reason));
  let operations: SocketOperations | undefined;
  const failed = (error: unknown) => {
    // Nested beyond what can be written back: a ping's payload.
    if (error instanceof RangeError) {
      close(4400, "Invalid message received");
      return;
    }
    logger.warn({ err: error }, "A WebSocket failed.");
    client.close(4500, "Internal server error");
  };
  const send = (text: string): Promise<void> => sendText(client, text);
  const closed = protocol.opened(
    {
      protocol: client.protocol,
      send,
      close,
      onMessage: (receive) => {
        // Its type has texts only, but what is read already is taken as it is: a message is not parsed twice.
        const taking = new SocketOperations(receive as (message: unknown) => Promise<void>);
        operations = taking;
        client.on("message", (data: Buffer) => {
          const refused = taking.take(data.toString("utf8"));
          refused.then((refusal) => refusal && close(refusal.code, refusal.reason)).catch(failed);
        });
      },
    },
    { request, send, close, operations: () => operations },
  );
  const stopPinging = keepAlive(client);
  client.on("error", (error) => logger.debug({ err: error }, "A WebSocket broke."));
  client.once("close", (code, reason) => {
    stopPinging();
    operations?.abort();
    closed(code, reason.toString("utf8")).catch(failed);
  });
}

/** Settles when the text is handed to the network: a subscription pulls its next event only then. */
function sendText(client: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client.readyState !== client.OPEN) return resolve();
    client.send(text, (error) => {
      if (client.isPaused && client.bufferedAmount <= maxUnsentBytes) client.resume();
      if (error == null) resolve();
      else reject(error);
    });
    if (client.bufferedAmount > maxUnsentBytes) client.pause();
  });
}

function cutReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= maxReasonBytes) return reason;
  // A character that was cut through is left out.
  return new TextDecoder().decode(bytes.subarray(0, maxReasonBytes), { stream: true });
}

function keepAlive(client: WebSocket): () => void {
  let missed = 0;
  client.on("pong", () => {
    missed = 0;
  });
  const timer = setInterval(() => {
    // A client that is not being listened to cannot be heard answering, so it gets longer.
    if (missed >= (client.isPaused ? maxMissedWhilePaused : 1)) return client.terminate();
    missed += 1;
    client.ping();
  }, pingIntervalMs);
  return () => clearInterval(timer);
}
