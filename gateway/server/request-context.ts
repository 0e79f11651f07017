/** From a door's request to the RequestContext that subgraphs see. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { RequestContext } from "../subgraph-transport.ts";

/** A client's own id is taken over if it is short and plain, so that it may stand in logs. */
const acceptableId = /^[\w.:-]{1,64}$/;

export function createRequestContext(headers: IncomingHttpHeaders, extensions: unknown): RequestContext {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  const given = flat["x-request-id"];
  return {
    requestId: given !== undefined && acceptableId.test(given) ? given : randomUUID(),
    headers: flat,
    wantsCursor: asksForCursor(extensions),
    scope: {},
  };
}

/** Whether a request's `extensions` say `{ onefold: { cursor: true } }`. */
export function asksForCursor(extensions: unknown): boolean {
  return property(property(extensions, "onefold"), "cursor") === true;
}

/** Whether an HTTP request asks for a cursor by header. */
export function headerAsksForCursor(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return String(headers["onefold-cursor"] ?? "").toLowerCase() === "true";
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
