/** The headers that a subgraph gets by its rules: the client's that are passed on, and what is known of who asks. */
import { readClaim } from "../authorization/read-claim.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { HeaderRules } from "./header-rules.ts";

/**
 * `x-request-id` is the id that the gateway gave the request, whatever the client sent.
 * @param traceparent of the gateway's own trace, which goes before the client's
 */
export function forwardedHeaders(
  context: RequestContext,
  { passed, claimed }: Pick<HeaderRules, "passed" | "claimed">,
  traceparent?: string,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { from, to } of passed) {
    const value = valueOf(from, context, traceparent);
    if (value !== undefined) headers[to] = value;
  }
  for (const { claim, to } of claimed) {
    const value = headerText(readClaim(context.principal?.claims ?? null, claim));
    if (value !== undefined) headers[to] = value;
  }
  return headers;
}

function valueOf(name: string, context: RequestContext, traceparent: string | undefined): string | undefined {
  if (name === "x-request-id") return context.requestId;
  return (name === "traceparent" ? traceparent : undefined) ?? context.headers[name];
}

/**
 * A claim as a header's value: texts, numbers and booleans as they are, what else there is as JSON, in bytes of UTF-8.
 * Undefined for none, and for a text that no header can have.
 */
function headerText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : undefined;
}
