/** The HTTP door: POST and GET on /graphql, by the short way or through Apollo Server's pipeline. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap, type ApolloServer, type HTTPGraphQLResponse } from "@apollo/server";
import { answerStatus, type FailureNote } from "./answer-status.ts";
import type { HttpContext } from "./apollo-host.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { GetPolicy } from "./get-policy.ts";
import { readOperation, type RefusedOperation } from "./http-operation.ts";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { createRequestContext, headerAsksForCursor } from "./request-context.ts";
import { sendBody } from "./send-body.ts";
import { sendErrors } from "./send-json.ts";
import type { ShortWay } from "./short-way.ts";

export interface HttpDoorDeps {
  readonly apollo: ApolloServer<HttpContext>;
  readonly shortWay: ShortWay;
  readonly gate: DocumentGate;
  readonly getPolicy: GetPolicy;
  readonly documents: PersistedDocuments;
  readonly maxBodyBytes: number;
  readonly compressFromBytes: number;
}

export type HttpDoor = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export function createHttpDoor(deps: HttpDoorDeps): HttpDoor {
  const { apollo, shortWay, gate, getPolicy, documents, maxBodyBytes, compressFromBytes } = deps;
  return async (request, response, url) => {
    response.setHeader("x-content-type-options", "nosniff");
    const forbidden = getPolicy(request);
    if (forbidden !== undefined) {
      sendErrors(response, 403, [forbidden]);
      return;
    }
    const operation = await readOperation(request, url, { documents, maxBodyBytes });
    if ("errors" in operation) {
      sendRefusal(response, operation);
      return;
    }
    // Refused without its body having been read.
    if (operation.query === undefined) response.setHeader("connection", "close");
    const refusal = operation.query === undefined ? undefined : gate.refusal(operation.query);
    if (refusal !== undefined) {
      sendErrors(response, 400, [refusal]);
      return;
    }

    const aborted = new AbortController();
    response.once("close", () => {
      // After an answer there is nothing left to abort.
      if (!response.writableFinished) aborted.abort();
    });
    const created = createRequestContext(request.headers, undefined);
    const context = { ...created, wantsCursor: headerAsksForCursor(request.headers) };
    response.setHeader("x-request-id", context.requestId);
    const short = await shortWay({ request, parameters: operation.posted, context, signal: aborted.signal });
    if (short?.bytes !== undefined) {
      response.setHeader("content-type", "application/json; charset=utf-8");
      return sendBody(request, response, { body: short.bytes, compressFromBytes });
    }
    const note: FailureNote = {};
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? "GET",
        headers: headersForApollo(request, context.headers),
        search: operation.search,
        body: operation.body,
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

function sendRefusal(response: ServerResponse, { status, errors, isUnread }: RefusedOperation): void {
  // What is left of a refused body is not read: the connection cannot be used again.
  if (isUnread) response.setHeader("connection", "close");
  // What is not known yet is about to be.
  response.setHeader("cache-control", "no-store");
  sendErrors(response, status, errors);
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
