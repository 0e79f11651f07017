/** Requests that browsers send for any page without asking first: which GET may run, and which form. */
import type { IncomingMessage } from "node:http";
import type { GraphQLError } from "graphql";
import type { OriginPolicy } from "./cors.ts";
import { badRequest } from "./send-json.ts";

/** Why a request by GET is refused; undefined if it may run, or is none. */
export type GetPolicy = (request: IncomingMessage) => GraphQLError | undefined;

/** A page can set these, as `content-type: application/json`, only with the leave that its browser asks for by a preflight. */
const preflightedHeaders = ["apollo-require-preflight", "x-apollo-operation-name"] as const;

/** What a browser says of requests that no page of elsewhere has made. */
const ownSites = new Set<unknown>([undefined, "none", "same-origin"]);

/**
 * Only queries run by GET, so a page of elsewhere could at most make the server work, or measure how long it does; what it
 * cannot do is read the answer (CORS). Where browsers say that a page of elsewhere asks, it is refused all the same.
 * @param isSimpleGetAllowed whether a GET needs no header that makes browsers ask first
 */
export function createGetPolicy(isSimpleGetAllowed: boolean, origins: OriginPolicy): GetPolicy {
  return (request) => {
    if (request.method !== "GET" || isPreflighted(request)) return undefined;
    if (!isSimpleGetAllowed) {
      return badRequest(`A GET needs the header ${preflightedHeaders[0]} here; or send a POST.`);
    }
    const { origin, "sec-fetch-site": site } = request.headers;
    const isForeign = origin === undefined ? !ownSites.has(site) : !origins.allows(request);
    return isForeign ? badRequest("Pages of this origin may not call this server.") : undefined;
  };
}

function isPreflighted({ headers }: IncomingMessage): boolean {
  if (headers["content-type"]?.startsWith("application/json") === true) return true;
  return preflightedHeaders.some((name) => headers[name] !== undefined && headers[name] !== "");
}

/** Known from other servers as well: a page can send none of them unasked. */
const formHeaders = [...preflightedHeaders, "graphql-require-preflight", "x-graphql-yoga-csrf"] as const;

/** Why a form is refused: pages may send one to any server without asking first, with the user's cookies. */
export function unaskedForm({ headers }: IncomingMessage): GraphQLError | undefined {
  if (formHeaders.some((name) => headers[name] !== undefined && headers[name] !== "")) return undefined;
  return badRequest(`A request with files needs the header ${preflightedHeaders[0]}, with any value.`);
}
