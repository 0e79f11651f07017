/** Origins: whose pages may call this gateway, for HTTP (CORS) and for WebSockets, which CORS does not cover. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface OriginPolicy {
  /** Whether a request without an origin, of this server's own pages, or of an allowed origin is at hand. */
  allows(request: IncomingMessage): boolean;
  /** Sets CORS headers; answers preflight requests and then returns true. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** How long a browser may remember a preflight answer, in seconds. */
const preflightMaxAge = 600;

export function createOriginPolicy(origins: readonly string[] | undefined): OriginPolicy {
  const isListed = (origin: string) =>
    origins === undefined ? localOrigin.test(origin) : origins.includes("*") || origins.includes(origin);
  const allows = (request: IncomingMessage) => {
    const { origin, host } = request.headers;
    return origin === undefined || isListed(origin) || origin === `http://${host}` || origin === `https://${host}`;
  };
  return {
    allows,
    handle: (request, response) => {
      const { origin } = request.headers;
      response.setHeader("vary", "origin");
      const isAllowed = allows(request);
      if (origin !== undefined && isAllowed) {
        response.setHeader("access-control-allow-origin", origin);
        response.setHeader("access-control-expose-headers", "x-request-id, server-timing");
      }
      if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
      if (isAllowed) {
        response.setHeader("access-control-allow-methods", "GET, POST, OPTIONS");
        const asked = request.headers["access-control-request-headers"];
        if (asked !== undefined) response.setHeader("access-control-allow-headers", asked);
        response.setHeader("access-control-max-age", preflightMaxAge);
      }
      response.writeHead(isAllowed ? 204 : 403).end();
      return true;
    },
  };
}
