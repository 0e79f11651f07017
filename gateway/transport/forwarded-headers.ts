/** The client's headers that a subgraph gets to see: those on the list, and no others. */
import type { RequestContext } from "../subgraph-transport.ts";

/** `x-request-id` is the id that the gateway gave the request, whatever the client sent. */
export function forwardedHeaders(context: RequestContext, allowed: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of allowed) {
    const value = name === "x-request-id" ? context.requestId : context.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
