/** The HTTP door: POST and GET on /graphql, by the short way or through Apollo Server's pipeline. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap, type ApolloServer, type HTTPGraphQLResponse } from "@apollo/server";
import { answerStatus, type FailureNote } from "./answer-status.ts";
import type { HttpContext } from "./apollo-host.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { GetPolicy } from "./get-policy.ts";
import { isJsonRequest, readBody } from "./read-body.ts";
import { createRequestContext, headerAsksForCursor } from "./request-context.ts";
import { badRequest, sendErrors } from "./send-json.ts";
import { sendBody } from "./send-body.ts";
import type { ShortWay } from "./short-way.ts";

export interface HttpDoorDeps {
  readonly apollo: ApolloServer<HttpContext>;
  readonly shortWay: ShortWay;
  readonly gate: DocumentGate;
  readonly getPolicy: GetPolicy;
  readonly maxBodyBytes: number;
  readonly compressFromBytes: number;
}

export type HttpDoor = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export function createHttpDoor(deps: HttpDoorDeps): HttpDoor {
  const { apollo, shortWay, gate, getPolicy, maxBodyBytes, compressFromBytes } = deps;
  return async (request, response, url) => {
    response.setHeader("x-content-type-options", "nosniff");
    const forbidden = getPolicy(request);
    if (forbidden !== undefined) {
      sendErrors(response, 403, [forbidden]);
      return;
    }
    const body = await readJson(request, maxBodyBytes);
    if ("refused" in body) {
      // What is left of a refused body is not read: the connection cannot be used again.
      response.setHeader("connection", "close");
      sendErrors(response, body.refused, [badRequest(body.message)]);
      return;
    }
    const query = request.method === "GET" ? url.searchParams.get("query") : queryOf(body.json);
    const refusal = query === null ? undefined : gate.refusal(query);
    if (refusal !== undefined) {
      sendErrors(response, 400, [refusal]);
      return;
    }

    const aborted = new AbortController();
    response.once("close", () => aborted.abort());
    const created = createRequestContext(request.headers, undefined);
    const context = { ...created, wantsCursor: headerAsksForCursor(request.headers) };
    response.setHeader("x-request-id", context.requestId);
    const short = await shortWay({ request, ...body, context, signal: aborted.signal });
    if (short?.bytes !== undefined) {
      response.setHeader("content-type", "application/json; charset=utf-8");
      return sendBody(request, response, { body: short.bytes, compressFromBytes });
    }
    const note: FailureNote = {};
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? "GET",
        headers: headersForApollo(request, context.headers),
        search: url.search,
        body: body.json,
      },
      context: () =>
        Promise.resolve({
          request: context,
          answer: short?.answer,
          signal: aborted.signal,
          note,
        }),
    });
    response.statusCode = answerStatus(answer, note);
    await write(request, response, { answer, compressFromBytes });
  };
}

type JsonBody =
  { readonly json: unknown; readonly text: string } | { readonly refused: number; readonly message: string };

async function readJson(request: IncomingMessage, maxBytes: number): Promise<JsonBody> {
  if (request.method !== "POST") return { json: undefined, text: "" };
  const body = await readBody(request, maxBytes);
  if ("status" in body) return { refused: body.status, message: body.message };
  // Any other content type goes on as text: Apollo Server refuses it, with CSRF prevention's words where they apply.
  if (!isJsonRequest(request)) return { json: body.text, text: body.text };
  try {
    return { json: JSON.parse(body.text) as unknown, text: body.text };
  } catch {
    return { refused: 400, message: "The request body is not valid JSON." };
  }
}

function queryOf(json: unknown): string | null {
  const query = typeof json === "object" && json !== null && "query" in json ? json.query : undefined;
  return typeof query === "string" ? query : null;
}

function headersForApollo(
  { method }: IncomingMessage,
  headers: Readonly<Record<string, string | undefined>>,
): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, value);
  // Which GET may run without having been preflighted is decided before; Apollo Server by itself refuses them all.
  if (method === "GET") map.set("apollo-require-preflight", "decided");
  return map;
}

async function write(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, compressFromBytes }: { readonly answer: HTTPGraphQLResponse; readonly compressFromBytes: number },
): Promise<void> {
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  if (answer.body.kind === "complete") {
    return sendBody(request, response, { body: answer.body.string, compressFromBytes });
  }
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}
