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
import type { RequestContext } from "../subgraph-transport.ts";
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
import { sendResults } from "./send-results.ts";

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
  /** Sends a text once the head is sent; settles when it is handed to the network, or the connection is gone. */
  readonly send: (text: string) => Promise<void>;
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
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    // What has been read is handed on in one form, whatever it came in.
    const [stream, head] = await handle({
      method: "POST",
      url: "/",
      headers: { get: (name) => streamRequestHeaders[name] },
      body: { ...parameters, query },
      raw: request,
      context: { request: known, signal: gone.signal, send: (text) => begun.then(() => sendText(response, text)) },
    });
    try {
      await write(response, [stream, head], begin);
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
): Promise<ResultStream | SseResponse> {
  const { graph, gate, documents, monitor } = deps;
  const { context } = request;
  const send = (results: ResultStream | ExecutionResult): ResultStream =>
    sendResults(results, (text) => context.send(`event: next\ndata: ${text}\n\n`));
  const record = monitor === undefined ? undefined : new OperationRecord("sse");
  const generation = graph.current;
  const found = documents.find({ query: params.query, extensions: params.extensions });
  if (found.error !== undefined) {
    monitor?.refused?.(codeOf({ errors: [found.error] }) ?? "");
    // A request without a document is not well formed; what else may be wrong with it is an event.
    if (found.error.extensions["code"] === "BAD_REQUEST") return refusal(400, found.error, {});
    return send({ errors: [found.error] });
  }
  const opened = gate.open(found.query, generation.schema);
  if (opened.document === undefined) {
    monitor?.refused?.(codeOf(opened) ?? "");
    return send({ errors: opened.errors });
  }
  const operation = getOperationAST(opened.document, params.operationName);
  if (operation?.operation === "mutation" && request.raw.method === "GET") {
    monitor?.refused?.("BAD_REQUEST");
    return refusal(405, badRequest("Mutations cannot run over GET."), { allow: "POST" });
  }
  const known = record === undefined ? context.request : { ...context.request, record };
  const operationRequest: OperationRequest = {
    document: opened.document,
    operationName: params.operationName ?? undefined,
    variables: params.variables,
    context: withWishes(withHeaderWishes(known), params.extensions),
    signal: context.signal,
  };
  return send(
    operation?.operation === "subscription"
      ? await generation.subscribe(operationRequest)
      : await generation.executeIncrementally(operationRequest),
  );
}

function refusal(status: number, error: GraphQLError, headers: Record<string, string>): SseResponse {
  const body = JSON.stringify({ errors: [error] });
  return [body, { status, statusText: "", headers: { ...headers, "content-type": "application/json; charset=utf-8" } }];
}

async function write(response: ServerResponse, [body, head]: SseResponse, begin: () => void): Promise<void> {
  if (body === null || typeof body === "string") {
    response.writeHead(head.status, head.headers).end(body ?? undefined);
    return;
  }
  response.writeHead(head.status, streamHeaders);
  begin();
  const release = () => void body.return();
  response.once("close", release);
  for await (const text of body) {
    if (!response.writable) break;
    await sendText(response, text);
  }
  response.off("close", release);
  response.end();
}

function sendText(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => response.write(text, () => resolve()));
}
