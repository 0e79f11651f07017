/** The HTTP door: POST and GET on /graphql, by the short way or through Apollo Server's pipeline. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { GraphQLError } from "graphql";
import { HeaderMap, type ApolloServer, type HTTPGraphQLResponse } from "@apollo/server";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import { OperationRecord } from "../watch/operation-record.ts";
import { formatServerTiming } from "../watch/server-timing.ts";
import { codeOf } from "../watch/watch-generation.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { answerStatus, type FailureNote } from "./answer-status.ts";
import type { HttpContext } from "./apollo-host.ts";
import type { DocumentGate } from "./document-gate.ts";
import type { GetPolicy } from "./get-policy.ts";
import { sendUnidentified, type Identify } from "./identify.ts";
import { readOperation, type RefusedOperation } from "./http-operation.ts";
import { acceptsParts, sendParts } from "./multipart-answer.ts";
import type { PartsWay } from "./parts-way.ts";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { asksForTiming, createRequestContext, withHeaderWishes } from "./request-context.ts";
import { sendBody } from "./send-body.ts";
import { badRequest, sendErrors } from "./send-json.ts";
import type { ShortWay } from "./short-way.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { UploadSet } from "../uploads/upload-set.ts";
import type { UploadSettings } from "../uploads/upload-settings.ts";

export interface HttpDoorDeps {
  readonly apollo: ApolloServer<HttpContext>;
  readonly shortWay: ShortWay;
  readonly partsWay: PartsWay;
  readonly gate: DocumentGate;
  readonly getPolicy: GetPolicy;
  readonly documents: PersistedDocuments;
  /** Undefined: nobody is asked who they are. */
  readonly identify: Identify | undefined;
  readonly maxBodyBytes: number;
  readonly compressFromBytes: number;
  readonly uploads?: UploadSettings | undefined;
  readonly monitor?: GatewayMonitor | undefined;
  readonly serverTiming: GatewaySettings["serverTiming"];
}

export type HttpDoor = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export function createHttpDoor(deps: HttpDoorDeps): HttpDoor {
  const { apollo, shortWay, partsWay, gate, getPolicy, documents, identify } = deps;
  const { maxBodyBytes, compressFromBytes, uploads, monitor, serverTiming } = deps;
  return async (request, response, url) => {
    response.setHeader("x-content-type-options", "nosniff");
    const forbidden = getPolicy(request);
    if (forbidden !== undefined) {
      refuse(response, 403, forbidden, monitor);
      return;
    }
    const created = createRequestContext(request.headers, undefined);
    response.setHeader("x-request-id", created.requestId);
    // Before anything of the body is read: who is refused makes no work.
    const known = identify === undefined ? created : await identify(created);
    if (known instanceof GraphQLError) {
      monitor?.refused?.(codeOf({ errors: [known] }) ?? "");
      sendUnidentified(response, known);
      return;
    }
    // The client may be gone by now.
    if (response.destroyed) return;
    const operation = await readOperation(request, url, { documents, maxBodyBytes, uploads });
    if ("errors" in operation) {
      monitor?.refused?.(codeOf(operation) ?? "");
      sendRefusal(response, operation);
      return;
    }
    const record = monitor === undefined ? undefined : new OperationRecord("http");
    // Refused without its body having been read.
    if (operation.query === undefined) response.setHeader("connection", "close");
    const refusal = operation.query === undefined ? undefined : gate.refusal(operation.query);
    if (refusal !== undefined) {
      refuse(response, 400, refusal, monitor);
      return;
    }

    const aborted = new AbortController();
    response.once("close", () => {
      // After an answer there is nothing left to abort.
      if (!response.writableFinished) aborted.abort();
    });
    const { uploads: files } = operation;
    const wished = withHeaderWishes(record === undefined ? known : { ...known, record });
    const context = files === undefined ? wished : { ...wished, uploads: files };
    files?.signal.addEventListener("abort", () => aborted.abort(), { once: true });
    const isTimed = serverTiming === "always" || (serverTiming === "asked" && asksForTiming(context));
    const tellTiming = (): void => {
      if (isTimed && record?.isEnded === true) response.setHeader("server-timing", formatServerTiming(record));
    };
    const asked = { request, parameters: operation.parameters, context, signal: aborted.signal };
    const inParts = acceptsParts(request) ? await partsWay(asked) : undefined;
    if (inParts !== undefined && Symbol.asyncIterator in inParts) return sendParts(response, inParts);
    const short = inParts === undefined ? await shortWay(asked) : { answer: inParts, bytes: undefined };
    if (short?.bytes !== undefined) {
      tellTiming();
      response.setHeader("content-type", "application/json; charset=utf-8");
      return sendBody(request, response, { body: short.bytes, compressFromBytes });
    }
    const note: FailureNote = {};
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? "GET",
        headers: headersForApollo(request, context),
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
    if (record?.isEnded === false) monitor?.refused?.(note.code ?? "BAD_REQUEST");
    if (operation.uploads !== undefined && endUpload(request, response, operation.uploads)) return;
    response.statusCode = answerStatus(answer, note);
    tellTiming();
    await write(request, response, { answer, compressFromBytes });
  };
}

function refuse(
  response: ServerResponse,
  status: number,
  why: GraphQLError,
  monitor: GatewayMonitor | undefined,
): void {
  monitor?.refused?.(codeOf({ errors: [why] }) ?? "");
  sendErrors(response, status, [why]);
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
  { headers, uploads }: Pick<RequestContext, "headers" | "uploads">,
): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, value);
  // Which GET may run without having been preflighted is decided before; Apollo Server by itself refuses them all.
  if (method === "GET") map.set("apollo-require-preflight", "decided");
  // What was read out of a form is JSON.
  if (uploads !== undefined) map.set("content-type", "application/json");
  return map;
}

/** The operation is over; answers true where its files have failed, which is then the answer. */
function endUpload(request: IncomingMessage, response: ServerResponse, uploads: UploadSet): boolean {
  const { failure } = uploads;
  uploads.end();
  if (!request.complete) {
    // Whoever still sends is to read the answer first; what comes is passed over.
    response.setHeader("connection", "close");
    request.unpipe();
    request.resume();
  }
  if (failure !== undefined) sendErrors(response, failure.status, [badRequest(failure.message)]);
  return failure !== undefined;
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
