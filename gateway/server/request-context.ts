/** From a door's request to the RequestContext that subgraphs see. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { RequestContext } from "../subgraph-transport.ts";
import type { OperationRecord } from "../watch/operation-record.ts";

/** A client's own id is taken over if it is short and plain, so that it may stand in logs. */
const acceptableId = /^[\w.:-]{1,64}$/;

export function createRequestContext(
  headers: IncomingHttpHeaders,
  extensions: unknown,
  record?: OperationRecord,
): RequestContext {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  const given = flat["x-request-id"];
  return {
    requestId: given !== undefined && acceptableId.test(given) ? given : randomUUID(),
    headers: flat,
    wantsCursor: asksFor(extensions, "cursor"),
    wantsPlan: asksFor(extensions, "plan"),
    scope: {},
    record,
  };
}

/** The same context, with what a request's `extensions` ask for: `{ onefold: { cursor: true, plan: true } }`. */
export function withWishes(context: RequestContext, extensions: unknown): RequestContext {
  if (extensions === undefined) return context;
  return asking(context, asksFor(extensions, "cursor"), asksFor(extensions, "plan"));
}

/** The same context, with what an HTTP request asks for by headers: `Onefold-Cursor: true`, `Onefold-Plan: true`. */
export function withHeaderWishes(context: RequestContext): RequestContext {
  return asking(context, isTrue(context.headers["onefold-cursor"]), isTrue(context.headers["onefold-plan"]));
}

/** Whether an HTTP request asks for `Server-Timing`. */
export function asksForTiming({ headers }: RequestContext): boolean {
  return isTrue(headers["onefold-timing"]);
}

function asking(context: RequestContext, cursor: boolean, plan: boolean): RequestContext {
  if (!cursor && !plan) return context;
  return {
    ...context,
    wantsCursor: context.wantsCursor || cursor,
    wantsPlan: context.wantsPlan === true || plan,
  };
}

function asksFor(extensions: unknown, what: "cursor" | "plan"): boolean {
  return property(property(extensions, "onefold"), what) === true;
}

function isTrue(header: string | undefined): boolean {
  return header?.toLowerCase() === "true";
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
