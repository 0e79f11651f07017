/** The WebSocket door: the graphql-transport-ws protocol on /graphql, for queries, mutations and subscriptions. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { getOperationAST, GraphQLError, type ExecutionArgs } from "graphql";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from "graphql-ws";
import { WebSocketServer, type WebSocket } from "ws";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { Generation } from "../generation.ts";
import type { ServingGraph } from "../serving-graph.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { createRequestContext } from "./request-context.ts";
import { SocketOperations } from "./socket-operations.ts";

export interface WebSocketDoorDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  readonly documents: PersistedDocuments;
  readonly logger: GatewayLogger;
  readonly maxMessageBytes: number;
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

interface Extra {
  readonly request: IncomingMessage;
  /** Of the operation with this id. */
  readonly signalOf: (id: string) => AbortSignal | undefined;
}

export function createWebSocketDoor(deps: WebSocketDoorDeps): WebSocketDoor {
  const protocol = createProtocol(deps);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: deps.maxMessageBytes,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  return {
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (client) => serve(client, request, protocol, deps.logger)),
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

type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;

/** graphql-ws has handshake and life cycle; documents, execution and cursors are ours. */
function createProtocol({ graph, gate, documents }: WebSocketDoorDeps): Protocol {
  const prepared = new WeakMap<
    ExecutionArgs,
    { readonly generation: Generation; readonly request: OperationRequest }
  >();
  const preparedFor = (args: ExecutionArgs) => {
    const found = prepared.get(args);
    if (found === undefined) throw new Error("An operation was not prepared.");
    return found;
  };
  return makeServer<Record<string, unknown>, Extra>({
    onSubscribe: (context, id, payload: SubscribePayload) => {
      const generation = graph.current;
      const found = documents.find({ query: payload.query, extensions: payload.extensions ?? undefined });
      if (found.error !== undefined) return [found.error];
      const { document, errors } = gate.open(found.query, generation.schema);
      if (document === undefined) return errors;
      const operationName = payload.operationName ?? undefined;
      if (getOperationAST(document, operationName) == null) return [noOperation(operationName)];
      const signal = context.extra.signalOf(id);
      const args: ExecutionArgs = { schema: generation.schema, document, operationName: operationName ?? null };
      prepared.set(args, {
        generation,
        request: {
          document,
          operationName,
          variables: payload.variables ?? undefined,
          context: createRequestContext(context.extra.request.headers, payload.extensions),
          ...(signal !== undefined && { signal }),
        },
      });
      return args;
    },
    execute: (args) => {
      const { generation, request } = preparedFor(args);
      return generation.execute(request);
    },
    subscribe: (args) => {
      const { generation, request } = preparedFor(args);
      return generation.subscribe(request);
    },
  });
}

function noOperation(name: string | undefined): GraphQLError {
  const message =
    name === undefined ? "Say by operationName which operation to run." : `There is no operation "${name}".`;
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

function serve(client: WebSocket, request: IncomingMessage, protocol: Protocol, logger: GatewayLogger): void {
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
  const closed = protocol.opened(
    {
      protocol: client.protocol,
      // Settles when the text is handed to the network: a subscription pulls its next event only then.
      send: (text) =>
        new Promise((resolve, reject) => {
          if (client.readyState !== client.OPEN) return resolve();
          client.send(text, (error) => {
            if (client.isPaused && client.bufferedAmount <= maxUnsentBytes) client.resume();
            if (error == null) resolve();
            else reject(error);
          });
          if (client.bufferedAmount > maxUnsentBytes) client.pause();
        }),
      close,
      onMessage: (receive) => {
        const taking = new SocketOperations(receive);
        operations = taking;
        client.on("message", (data: Buffer) => {
          const refused = taking.take(data.toString("utf8"));
          refused.then((refusal) => refusal && close(refusal.code, refusal.reason)).catch(failed);
        });
      },
    },
    { request, signalOf: (id) => operations?.signalOf(id) },
  );
  const stopPinging = keepAlive(client);
  client.on("error", (error) => logger.debug({ err: error }, "A WebSocket broke."));
  client.once("close", (code, reason) => {
    stopPinging();
    operations?.abort();
    closed(code, reason.toString("utf8")).catch(failed);
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
