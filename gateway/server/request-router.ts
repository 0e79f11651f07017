/** Routing: which door or page an HTTP request is for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { OriginPolicy } from "./cors.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import type { GraphiqlPage } from "./graphiql-page.ts";
import type { HttpDoor } from "./http-door.ts";
import { sendJson } from "./send-json.ts";
import { wantsEventStream, type SseDoor } from "./sse-door.ts";

export const graphqlPath = "/graphql";

export interface RouterDeps {
  readonly origins: OriginPolicy;
  readonly http: HttpDoor;
  readonly sse: SseDoor;
  readonly page: GraphiqlPage;
  readonly settings: Pick<GatewaySettings, "health" | "routes">;
  readonly logger: GatewayLogger;
}

export function createRouter(deps: RouterDeps): (request: IncomingMessage, response: ServerResponse) => void {
  const { logger } = deps;
  return (request, response) => {
    route(request, response, deps).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return void response.destroy();
      logger.error({ err: error, url: request.url }, "A request failed.");
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, plainError("INTERNAL", "Something inside the gateway failed."));
    });
  };
}

async function route(request: IncomingMessage, response: ServerResponse, deps: RouterDeps): Promise<void> {
  if (deps.origins.handle(request, response)) return;
  const url = readUrl(request);
  if (url === undefined) {
    sendJson(response, 400, plainError("BAD_REQUEST", "The request's URL is malformed."));
    return;
  }
  if (url.pathname === graphqlPath) {
    return wantsEventStream(request) ? deps.sse(request, response, url) : deps.http(request, response, url);
  }
  if (url.pathname === "/health") {
    answerHealth(request, response, deps);
    return;
  }
  if (await deps.page(request, response, url.pathname)) return;
  if (await deps.settings.routes(request, response)) return;
  sendJson(response, 404, plainError("NOT_FOUND", `There is nothing at ${url.pathname}.`));
}

function answerHealth(request: IncomingMessage, response: ServerResponse, { settings }: RouterDeps): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return sendJson(response, 405, plainError("BAD_REQUEST", "Health is read with GET."));
  }
  const health = settings.health();
  response.setHeader("cache-control", "no-store");
  sendJson(response, health.status === "ok" ? 200 : 503, health);
}

/** Of most requests. */
const plainGraphqlUrl = new URL(`http://gateway${graphqlPath}`);

function readUrl(request: IncomingMessage): URL | undefined {
  if (request.url === graphqlPath) return plainGraphqlUrl;
  // A path that begins with two slashes would be read as a host.
  const address = `http://gateway${request.url ?? "/"}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}

function plainError(code: string, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}
