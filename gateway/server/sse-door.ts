/** The SSE door: one operation a connection ("distinct connections mode") on /graphql, as text/event-stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getOperationAST, GraphQLError, type ExecutionResult } from "graphql";
import {
  createHandler,
  type Request as SseRequest,
  type RequestParams,
  type Response as SseResponse,
} from "graphql-sse";
import type { ResultStream } from "../execution/result-stream.ts";
import type { ServingGraph } from "../serving-graph.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { GetPolicy } from "./get-policy.ts";
import { sendUnidentified, type Identify } from "./identify.ts";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { readRequest, type RefusedRequest } from "./read-request.ts";
import { createRequestContext, withHeaderWishes, withWishes } from "./request-context.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import { OperationRecord } from "../watch/operation-record.ts";
import { codeOf } from "../watch/watch-generation.ts";
import { badRequest, sendErrors } from "./send-json.ts";
import { createPacer, type Pacer } from "./stream-pacer.ts";
import type { RequestContext } from "../subgraph-transport.ts";

export interface SseDoorDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  readonly getPolicy: GetPolicy;
  readonly documents: PersistedDocuments;
  /** Undefined: nobody is asked who they are. */
  readonly identify: Identify | undefined;
  readonly maxBodyBytes: number;
  readonly monitor?: GatewayMonitor | undefined;
  /** Aborts when the gateway closes: streams end with `complete`. */
  readonly closing: AbortSignal;
}

export type SseDoor = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** Proxies neither keep, compress nor hold back what they pass on. */
const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

const streamRequestHeaders: Readonly<Record<string, string>> = {
  accept: "text/event-stream",
  "content-type": "application/json",
};

interface Call {
  readonly request: RequestContext;
  readonly signal: AbortSignal;
  readonly pacer: Pacer;
}

/** Whether a request wants its answer as an event stream. */
export function wantsEventStream(request: IncomingMessage): boolean {
  return request.headers.accept?.includes("text/event-stream") ?? false;
}

export function createSseDoor(deps: SseDoorDeps): SseDoor {
  const handle = createHandler<IncomingMessage, Call>({
    // No token, no "single connection mode".
    authenticate: () => null,
    onSubscribe: (request, params) => start(request, params, deps),
  });
  return async (request, response, url) => {
    response.setHeader("x-content-type-options", "nosniff");
    const forbidden = deps.getPolicy(request);
    if (forbidden !== undefined) {
      deps.monitor?.refused?.("BAD_REQUEST");
      sendErrors(response, 403, [forbidden]);
      return;
    }
    const created = createRequestContext(request.headers, undefined);
    const known = deps.identify === undefined ? created : await deps.identify(created);
    if (known instanceof GraphQLError) {
      deps.monitor?.refused?.(codeOf({ errors: [known] }) ?? "");
      sendUnidentified(response, known);
      return;
    }
    // The client may be gone by now.
    if (response.destroyed) return;
    const parameters = await readRequest(request, url.searchParams, deps.maxBodyBytes);
    if ("status" in parameters) {
      deps.monitor?.refused?.("BAD_REQUEST");
      sendRefusal(response, parameters);
      return;
    }
    const { query = "" } = parameters;
    const gone = new AbortController();
    const end = () => gone.abort();
    response.once("close", end);
    deps.closing.addEventListener("abort", end, { once: true });
    const pacer = createPacer();
    // What has been read is handed on in one form, whatever it came in.
    const [stream, head] = await handle({
      method: "POST",
      url: "/",
      headers: { get: (name) => streamRequestHeaders[name] },
      body: { ...parameters, query },
      raw: request,
      context: { request: known, signal: gone.signal, pacer },
    });
    try {
      await write(response, [stream, head], pacer);
    } finally {
      deps.closing.removeEventListener("abort", end);
    }
  };
}

function sendRefusal(response: ServerResponse, { status, message, isUnread }: RefusedRequest): void {
  if (isUnread) response.setHeader("connection", "close");
  if (status === 405) response.setHeader("allow", "GET, POST");
  sendErrors(response, status, [badRequest(message)]);
}

async function start(
  request: SseRequest<IncomingMessage, Call>,
  params: RequestParams,
  deps: SseDoorDeps,
): Promise<ExecutionResult | ResultStream | SseResponse> {
  const { graph, gate, documents, monitor } = deps;
  const record = monitor === undefined ? undefined : new OperationRecord("sse");
  const generation = graph.current;
  const found = documents.find({ query: params.query, extensions: params.extensions });
  if (found.error !== undefined) {
    monitor?.refused?.(codeOf({ errors: [found.error] }) ?? "");
    // A request without a document is not well formed; what else may be wrong with it is an event.
    if (found.error.extensions["code"] === "BAD_REQUEST") return refusal(400, found.error, {});
    return recognisable({ errors: [found.error] });
  }
  const opened = gate.open(found.query, generation.schema);
  if (opened.document === undefined) {
    monitor?.refused?.(codeOf(opened) ?? "");
    return recognisable({ errors: opened.errors });
  }
  const operation = getOperationAST(opened.document, params.operationName);
  if (operation?.operation === "mutation" && request.raw.method === "GET") {
    monitor?.refused?.("BAD_REQUEST");
    return refusal(405, badRequest("Mutations cannot run over GET."), { allow: "POST" });
  }
  const { context } = request;
  const known = record === undefined ? context.request : { ...context.request, record };
  const operationRequest: OperationRequest = {
    document: opened.document,
    operationName: params.operationName ?? undefined,
    variables: params.variables,
    context: withWishes(withHeaderWishes(known), params.extensions),
    signal: context.signal,
  };
  const stream =
    operation?.operation === "subscription"
      ? await generation.subscribe(operationRequest)
      : await generation.executeIncrementally(operationRequest);
  return Symbol.asyncIterator in stream ? context.pacer.pace(stream) : recognisable(stream);
}

/** graphql-sse knows a result by having `data`; undefined is left out of the text again. */
function recognisable(result: ExecutionResult): ExecutionResult {
  return "data" in result ? result : Object.assign({ data: undefined }, result);
}

function refusal(status: number, error: GraphQLError, headers: Record<string, string>): SseResponse {
  const body = JSON.stringify({ errors: [error] });
  return [body, { status, statusText: "", headers: { ...headers, "content-type": "application/json; charset=utf-8" } }];
}

async function write(response: ServerResponse, [body, head]: SseResponse, pacer: Pacer): Promise<void> {
  if (body === null || typeof body === "string") {
    response.writeHead(head.status, head.headers).end(body ?? undefined);
    return;
  }
  response.writeHead(head.status, streamHeaders);
  const release = () => void body.return();
  response.once("close", release);
  for await (const text of body) {
    if (!response.writable) break;
    await new Promise<void>((resolve) => response.write(text, () => resolve()));
    pacer.written();
  }
  response.off("close", release);
  response.end();
}
