/** The SSE door: one operation a connection ("distinct connections mode") on /graphql, as text/event-stream. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getOperationAST, type ExecutionResult } from "graphql";
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
import { readBody } from "./read-body.ts";
import { createRequestContext, headerAsksForCursor } from "./request-context.ts";
import { badRequest, sendErrors } from "./send-json.ts";
import { createPacer, type Pacer } from "./stream-pacer.ts";

export interface SseDoorDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  readonly getPolicy: GetPolicy;
  readonly maxBodyBytes: number;
  /** Aborts when the gateway closes: streams end with `complete`. */
  readonly closing: AbortSignal;
}

export type SseDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Call {
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
  return async (request, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    const forbidden = deps.getPolicy(request);
    if (forbidden !== undefined) {
      sendErrors(response, 403, [forbidden]);
      return;
    }
    const body = request.method === "POST" ? await readBody(request, deps.maxBodyBytes) : { text: "" };
    if ("status" in body) {
      response.setHeader("connection", "close");
      sendErrors(response, body.status, [badRequest(body.message)]);
      return;
    }
    const gone = new AbortController();
    const end = () => gone.abort();
    response.once("close", end);
    deps.closing.addEventListener("abort", end, { once: true });
    const pacer = createPacer();
    const [stream, head] = await handle({
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: { get: (name) => (name === "accept" ? "text/event-stream" : headerOf(request, name)) },
      body: body.text,
      raw: request,
      context: { signal: gone.signal, pacer },
    });
    try {
      await write(response, [stream, head], pacer);
    } finally {
      deps.closing.removeEventListener("abort", end);
    }
  };
}

async function start(
  request: SseRequest<IncomingMessage, Call>,
  params: RequestParams,
  deps: SseDoorDeps,
): Promise<ExecutionResult | ResultStream | SseResponse> {
  const { graph, gate } = deps;
  const generation = graph.current;
  const opened = gate.open(params.query, generation.schema);
  if (opened.document === undefined) return recognisable({ errors: opened.errors });
  const operation = getOperationAST(opened.document, params.operationName);
  if (operation?.operation === "mutation" && request.method === "GET") {
    return refusal(405, "Mutations cannot run over GET.", { allow: "POST" });
  }
  const { raw, context } = request;
  const requestContext = createRequestContext(raw.headers, params.extensions);
  const operationRequest: OperationRequest = {
    document: opened.document,
    operationName: params.operationName ?? undefined,
    variables: params.variables,
    context: { ...requestContext, wantsCursor: requestContext.wantsCursor || headerAsksForCursor(raw.headers) },
    signal: context.signal,
  };
  if (operation?.operation !== "subscription") return recognisable(await generation.execute(operationRequest));
  const stream = await generation.subscribe(operationRequest);
  return Symbol.asyncIterator in stream ? context.pacer.pace(stream) : recognisable(stream);
}

/** graphql-sse knows a result by having `data`; undefined is left out of the text again. */
function recognisable(result: ExecutionResult): ExecutionResult {
  return "data" in result ? result : Object.assign({ data: undefined }, result);
}

function refusal(status: number, message: string, headers: Record<string, string>): SseResponse {
  const body = JSON.stringify({ errors: [badRequest(message)] });
  return [
    body,
    { status, statusText: message, headers: { ...headers, "content-type": "application/json; charset=utf-8" } },
  ];
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

async function write(response: ServerResponse, [body, head]: SseResponse, pacer: Pacer): Promise<void> {
  response.writeHead(head.status, head.headers);
  if (body === null || typeof body === "string") return void response.end(body ?? undefined);
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
