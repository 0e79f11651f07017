/** The WebSocket door of one subgraph: graphql-transport-ws, for subscriptions and whatever else comes that way. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ApolloServer } from "@apollo/server";
import type { ExecutionArgs, ExecutionResult, FormattedExecutionResult } from "graphql";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer, type SubscribePayload } from "graphql-ws";
import { WebSocketServer, type WebSocket } from "ws";
import type { Logger } from "../runtime/serving-deps.ts";
import type { Subgraph, SubgraphRequest } from "../subgraph.ts";
import { judgeDocument, type ApolloContext } from "./apollo-subgraph.ts";
import { messageContext } from "./caller-context.ts";
import { executeWithin } from "./execute-within.ts";
import { createMessageStream } from "./message-stream.ts";
import type { SubgraphServerSettings } from "./subgraph-server-options.ts";
import { toWireResult } from "./wire-result.ts";

export interface WebSocketDoorDeps {
  readonly subgraph: Subgraph;
  /** Judges documents. */
  readonly apollo: ApolloServer<ApolloContext>;
  readonly logger: Logger;
  readonly settings: SubgraphServerSettings;
}

export interface WebSocketDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says 1001 (going away) to every caller and waits for their sockets to close, at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

interface Extra {
  readonly request: IncomingMessage;
  /** Aborts when the socket is closed. */
  readonly gone: AbortSignal;
}

interface Operation {
  readonly request: SubgraphRequest;
  readonly gone: AbortSignal;
}

type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;

export function createWebSocketDoor(deps: WebSocketDoorDeps): WebSocketDoor {
  const protocol = createProtocol(deps);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: deps.settings.maxBodyBytes,
    handleProtocols: (offered) => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  });
  return {
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (caller) => serve(caller, request, { ...deps, protocol })),
    close: (timeoutMs) =>
      new Promise((resolve) => {
        for (const caller of sockets.clients) caller.close(1001, "Going away");
        const timer = setTimeout(() => {
          for (const caller of sockets.clients) caller.terminate();
        }, timeoutMs);
        sockets.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** graphql-ws has handshake and life cycle, Apollo Server judges the document, the subgraph runs it. */
function createProtocol({ subgraph, apollo, settings }: WebSocketDoorDeps): Protocol {
  const operations = new WeakMap<ExecutionArgs, Operation>();
  const operationOf = (args: ExecutionArgs): Operation => {
    const operation = operations.get(args);
    if (operation === undefined) throw new Error("An operation was not prepared.");
    return operation;
  };
  return makeServer<Record<string, unknown>, Extra>({
    async onSubscribe({ extra }, _id, { query, operationName, variables, extensions }: SubscribePayload) {
      const named = operationName == null ? {} : { operationName };
      const judged = await judgeDocument(apollo, { query, ...named });
      if (!("kind" in judged)) return judged;
      const args: ExecutionArgs = { schema: subgraph.schema, document: judged, ...named };
      const context = messageContext(extra.request.headers, extensions);
      const request: SubgraphRequest = { document: judged, ...named, variables: variables ?? {}, context };
      operations.set(args, { request, gone: extra.gone });
      return args;
    },
    async execute(args) {
      const { request, gone } = operationOf(args);
      const result = await executeWithin(subgraph, { ...request, signal: gone }, settings.executionTimeoutMs);
      return asExecutionResult(toWireResult(result, request.context));
    },
    subscribe(args) {
      // graphql-ws returns the stream when the caller is gone: it needs no signal.
      const { request } = operationOf(args);
      return createMessageStream(subgraph.subscribe(request), (result) =>
        asExecutionResult(toWireResult(result, request.context)),
      );
    },
    // The last of the five is the result.
    onNext: (...given) => given[4] as FormattedExecutionResult,
  });
}

/** For graphql-ws, which passes it to `onNext` as it is; there the errors may be formatted. */
function asExecutionResult(result: FormattedExecutionResult): ExecutionResult {
  return result as ExecutionResult;
}

function serve(
  caller: WebSocket,
  request: IncomingMessage,
  { protocol, logger, settings, subgraph }: WebSocketDoorDeps & { readonly protocol: Protocol },
): void {
  const gone = new AbortController();
  const failed = (error: unknown): void => {
    logger.error({ err: error, domain: subgraph.name }, "A WebSocket failed.");
    caller.close(4500, "Internal server error");
  };
  const closed = protocol.opened(
    {
      protocol: caller.protocol,
      // Settles when the text is handed to the network: a subscription pulls its next change only then.
      send: (text) =>
        new Promise((resolve) => {
          if (caller.readyState === caller.OPEN) caller.send(text, () => resolve());
          else resolve();
        }),
      close: (code, reason) => caller.close(code, reason),
      onMessage: (receive) => {
        caller.on("message", (data: Buffer) => void receive(data.toString("utf8")).catch(failed));
      },
    },
    { request, gone: gone.signal },
  );
  const stopPinging = keepAlive(caller, settings.pingIntervalMs);
  // A broken connection is no fault of this server: `close` follows, and releases what the caller held.
  caller.on("error", () => {});
  caller.once("close", (code, reason) => {
    stopPinging();
    gone.abort();
    closed(code, reason.toString("utf8")).catch(failed);
  });
}

function keepAlive(caller: WebSocket, intervalMs: number): () => void {
  let isAwaited = false;
  caller.on("pong", () => {
    isAwaited = false;
  });
  const timer = setInterval(() => {
    if (isAwaited) {
      // What has arrived while this process was busy is read first.
      setImmediate(() => {
        if (isAwaited) caller.terminate();
      });
      return;
    }
    isAwaited = true;
    caller.ping();
  }, intervalMs);
  return () => clearInterval(timer);
}
