/** Subscriptions of a remote subgraph: one WebSocket carries them all, opened by the first and closed after the last. */
import type { SubscribePayload } from "graphql-ws";
import type { SubgraphRequest, SubgraphResult } from "../subgraph-transport.ts";
import { documentText } from "./document-text.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { RemoteStream } from "./remote-stream.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { SubgraphSocket } from "./subgraph-socket.ts";
import { TransportFailure } from "./transport-failure.ts";

export interface SocketSubscribe {
  /**
   * Yields results until the source ends. A stream that breaks, or whose reader is too slow, ends with one result that
   * says so: there is never a gap in silence.
   */
  subscribe(request: SubgraphRequest): AsyncIterable<SubgraphResult>;
  /** Breaks all subscriptions; later ones are refused. */
  close(): void;
}

export function createSocketSubscribe(settings: RemoteSubgraphSettings): SocketSubscribe {
  let current: SubgraphSocket | undefined;
  let isClosed = false;
  const connect = (): SubgraphSocket => {
    if (isClosed) throw new TransportFailure("it was closed");
    if (current?.isUsable !== true) current = new SubgraphSocket(settings);
    return current;
  };
  return {
    subscribe: (request) => ({
      [Symbol.asyncIterator]: () =>
        new RemoteStream(
          request.signal,
          (listener) => connect().subscribe(payloadOf(request, settings), listener),
          settings,
        ),
    }),
    close() {
      isClosed = true;
      current?.close();
    },
  };
}

/** The WebSocket is the gateway's; what the client sent of headers travels in the message. */
function payloadOf(
  { document, operationName, variables, context }: SubgraphRequest,
  rules: RemoteSubgraphSettings,
): SubscribePayload {
  const headers = forwardedHeaders(context, rules, context.record?.trace?.traceparent);
  return {
    query: documentText(document).text,
    ...(operationName === undefined ? {} : { operationName }),
    variables: { ...variables },
    extensions: { onefold: { headers, ...(context.wantsCursor ? { wantsCursor: true } : {}) } },
  };
}
