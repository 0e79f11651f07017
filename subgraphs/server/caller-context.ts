/** From what a gateway sends to the context of one request: its id, its client's headers, and whether it wants a cursor. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { RequestContext } from "../subgraph.ts";

/** A caller's own id is taken over if it is short and plain, so that it may stand in logs. */
const acceptableId = /^[\w.:-]{1,64}$/;

type Headers = Readonly<Record<string, string | undefined>>;

/** Of a request over HTTP. `extensions` are the request's: `{ onefold: { wantsCursor } }`. */
export function httpContext(headers: IncomingHttpHeaders): RequestContext {
  return contextOf(flatten(headers), undefined);
}

/**
 * Of a subscription. All of a gateway's clients share one WebSocket, so a client's headers travel in the message, as
 * `extensions.onefold.headers`, and stand in for those of the upgrade.
 */
export function messageContext(upgrade: IncomingHttpHeaders, extensions: unknown): RequestContext {
  return contextOf({ ...flatten(upgrade), ...carriedHeaders(extensions) }, extensions);
}

/** Whether a request's `extensions` say `{ onefold: { wantsCursor: true } }`. */
export function wantsCursor(extensions: unknown): boolean {
  return property(property(extensions, "onefold"), "wantsCursor") === true;
}

function contextOf(headers: Headers, extensions: unknown): RequestContext {
  const given = headers["x-request-id"];
  return {
    requestId: given !== undefined && acceptableId.test(given) ? given : randomUUID(),
    headers,
    wantsCursor: wantsCursor(extensions),
    scope: {},
  };
}

function flatten(headers: IncomingHttpHeaders): Headers {
  const flat = Object.entries(headers).map(([name, value]): [string, string | undefined] => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return Object.fromEntries(flat);
}

function carriedHeaders(extensions: unknown): Headers {
  const carried = property(property(extensions, "onefold"), "headers");
  if (typeof carried !== "object" || carried === null) return {};
  const entries = Object.entries(carried).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
