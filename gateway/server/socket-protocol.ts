/**
 * The graphql-transport-ws protocol over our engine: graphql-ws has handshake, checks of messages and life cycle; documents,
 * execution, cursors and the `next` messages are ours, which are written around the text of an answer.
 */
import type { IncomingMessage } from "node:http";
import { getOperationAST, GraphQLError, type ExecutionArgs } from "graphql";
import { makeServer, type SubscribePayload } from "graphql-ws";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { Generation } from "../generation.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { ServingGraph } from "../serving-graph.ts";
import { OperationRecord } from "../watch/operation-record.ts";
import { codeOf } from "../watch/watch-generation.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { Identify } from "./identify.ts";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { createRequestContext } from "./request-context.ts";
import { sendResults } from "./send-results.ts";
import type { SocketOperations } from "./socket-operations.ts";

export interface SocketProtocolDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  readonly documents: PersistedDocuments;
  /** Undefined: nobody is asked who they are. */
  readonly identify: Identify | undefined;
  readonly monitor?: GatewayMonitor | undefined;
  readonly maxSocketOperations: number;
}

interface SocketOperation {
  readonly generation: Generation;
  readonly request: OperationRequest;
  /** Sends a `next` message with this payload. */
  readonly sendNext: (payload: string) => Promise<void>;
}

interface Extra {
  readonly request: IncomingMessage;
  readonly operations: () => SocketOperations | undefined;
  /** Settles when the text is handed to the network. */
  readonly send: (text: string) => Promise<void>;
  readonly close: (code: number, reason: string) => void;
}

export type SocketProtocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;

export function createSocketProtocol({
  graph,
  gate,
  documents,
  identify,
  monitor,
  maxSocketOperations,
}: SocketProtocolDeps): SocketProtocol {
  const prepared = new WeakMap<ExecutionArgs, SocketOperation>();
  const preparedFor = (args: ExecutionArgs) => {
    const found = prepared.get(args);
    if (found === undefined) throw new Error("An operation was not prepared.");
    return found;
  };
  return makeServer<Record<string, unknown>, Extra>({
    onConnect: async ({ extra, connectionParams }) => {
      if (identify === undefined) return true;
      const known = await identify(createRequestContext(extra.request.headers, undefined), connectionParams);
      if (!(known instanceof GraphQLError)) return true;
      monitor?.refused?.(codeOf({ errors: [known] }) ?? "");
      extra.close(4403, known.message);
      return false;
    },
    onSubscribe: async (context, id, payload: SubscribePayload) => {
      const refuse = (errors: readonly GraphQLError[]): readonly GraphQLError[] => {
        monitor?.refused?.(codeOf({ errors }) ?? "");
        return errors;
      };
      const operations = context.extra.operations();
      if (operations !== undefined && operations.size > maxSocketOperations) {
        return refuse([tooManyOperations(maxSocketOperations)]);
      }
      const created = createRequestContext(context.extra.request.headers, payload.extensions);
      // Asked anew, since who could be trusted when the socket was opened may no longer be.
      const known = identify === undefined ? created : await identify(created, context.connectionParams);
      if (known instanceof GraphQLError) return refuse([known]);
      const record = monitor === undefined ? undefined : new OperationRecord("websocket");
      const generation = graph.current;
      const found = documents.find({ query: payload.query, extensions: payload.extensions ?? undefined });
      if (found.error !== undefined) return refuse([found.error]);
      const { document, errors } = gate.open(found.query, generation.schema);
      if (document === undefined) return refuse(errors);
      const operationName = payload.operationName ?? undefined;
      if (getOperationAST(document, operationName) == null) return refuse([noOperation(operationName)]);
      const signal = operations?.signalOf(id);
      const args: ExecutionArgs = { schema: generation.schema, document, operationName: operationName ?? null };
      prepared.set(args, {
        generation,
        request: {
          document,
          operationName,
          variables: payload.variables ?? undefined,
          context: record === undefined ? known : { ...known, record },
          ...(signal !== undefined && { signal }),
        },
        sendNext: nextSender(id, context.extra.send),
      });
      return args;
    },
    execute: async (args) => {
      const { generation, request, sendNext } = preparedFor(args);
      return sendResults(await generation.executeIncrementally(request), sendNext);
    },
    subscribe: async (args) => {
      const { generation, request, sendNext } = preparedFor(args);
      return sendResults(await generation.subscribe(request), sendNext);
    },
  });
}

function nextSender(id: string, send: Extra["send"]): SocketOperation["sendNext"] {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return (payload) => send(`${head}${payload}}`);
}

function tooManyOperations(most: number): GraphQLError {
  return new GraphQLError(`One WebSocket has at most ${most} operations under way.`, {
    extensions: { code: "TOO_MANY_OPERATIONS" },
  });
}

function noOperation(name: string | undefined): GraphQLError {
  const message =
    name === undefined ? "Say by operationName which operation to run." : `There is no operation "${name}".`;
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}
