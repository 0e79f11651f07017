/** The headers of a request to a subgraph: its own, the client's that are passed on, and those of the protocol. */
import type { RequestContext } from "../subgraph-transport.ts";
import { acceptedEncodings } from "./decode-body.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";

export interface PostHeaders {
  /** Names and values by turns. */
  readonly list: readonly string[];
  /** The same text for two requests whose answers may be one: all that was passed on or claimed, but for what names the request. */
  readonly key: string;
}

const accept = "application/graphql-response+json, application/json;q=0.9";

/** Headers of clients that tell requests apart and not their answers. */
export const namesOfRequests: ReadonlySet<string> = new Set(["x-request-id", "traceparent", "tracestate"]);

/** A header that the client sends, or that is made of a claim, takes the place of the subgraph's own of that name. */
export function createPostHeaders({
  headers: own,
  passed,
  claimed,
  compression,
}: Pick<RemoteSubgraphSettings, "headers" | "passed" | "claimed" | "compression">): (
  context: RequestContext | undefined,
  traceparent?: string,
) => PostHeaders {
  const fixed = { "content-type": "application/json", accept };
  const always = { ...own, ...fixed, ...(compression ? { "accept-encoding": acceptedEncodings } : {}) };
  const alwaysList = Object.entries(always).flat();
  const replaceable = new Set([...passed, ...claimed].map(({ to }) => to).filter((name) => name in own));
  const named = new Set(passed.filter(({ from }) => namesOfRequests.has(from)).map(({ to }) => to));
  return (context, traceparent) => {
    if (context === undefined) return { list: alwaysList, key: "" };
    const forwarded = Object.entries(forwardedHeaders(context, { passed, claimed }, traceparent));
    const isReplaced = forwarded.some(([name]) => replaceable.has(name));
    const list = isReplaced
      ? Object.entries({ ...always, ...Object.fromEntries(forwarded), ...fixed }).flat()
      : [...alwaysList];
    let key = "";
    for (const [name, value] of forwarded) {
      if (!isReplaced) list.push(name, value);
      if (!named.has(name)) key += `${name}:${value}\n`;
    }
    return { list, key };
  };
}
