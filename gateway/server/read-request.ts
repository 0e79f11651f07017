/** A GraphQL request over HTTP, read by its method: what it asks for, or with which status it is refused. */
import type { IncomingMessage } from "node:http";
import { isJsonRequest, readBody } from "./read-body.ts";
import { readBodyParameters, readUrlParameters, type Malformed, type RequestParameters } from "./request-parameters.ts";

export interface RefusedRequest {
  readonly status: 400 | 405 | 413 | 415;
  readonly message: string;
  /** Whether a rest of the body has not been read, so that the connection cannot be used again. */
  readonly isUnread: boolean;
}

/** Rejects only if the connection breaks. */
export async function readRequest(
  request: IncomingMessage,
  search: URLSearchParams,
  maxBodyBytes: number,
): Promise<RequestParameters | RefusedRequest> {
  if (request.method === "GET") return refuseMalformed(readUrlParameters(search));
  if (request.method !== "POST") return refused(405, "Operations come by GET or POST.", true);
  if (!isJsonRequest(request)) return refused(415, "The body must be application/json.", true);
  const body = await readBody(request, maxBodyBytes);
  if ("status" in body) return refused(body.status, body.message, true);
  return refuseMalformed(readBodyParameters(body.text));
}

function refuseMalformed(read: RequestParameters | Malformed): RequestParameters | RefusedRequest {
  return "malformed" in read ? refused(400, read.malformed, false) : read;
}

function refused(status: RefusedRequest["status"], message: string, isUnread: boolean): RefusedRequest {
  return { status, message, isUnread };
}
