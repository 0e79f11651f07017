/** Routing of the subgraph server: `/<domain>/graphql`, `/health/live` and `/health/ready`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../runtime/serving-deps.ts";
import type { HttpDoor } from "./http-door.ts";
import { sendError, sendJson } from "./send-json.ts";
import type { Health, SubgraphServerSettings } from "./subgraph-server-options.ts";

export interface RouterDeps {
  /** By path. */
  readonly doors: ReadonlyMap<string, HttpDoor>;
  readonly settings: Pick<SubgraphServerSettings, "live" | "ready">;
  /** Aborts when the server begins to close. */
  readonly closing: AbortSignal;
  readonly logger: Logger;
}

/** Where a domain is served. */
export function subgraphPath(domain: string): string {
  return `/${domain}/graphql`;
}

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

export function createRouter(deps: RouterDeps): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    // A caller that keeps its connection would go on using it, and the server could never close.
    if (deps.closing.aborted) response.setHeader("connection", "close");
    route(request, response, deps).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return void response.destroy();
      deps.logger.error({ err: error, url: request.url }, "A request failed.");
      if (response.headersSent) response.destroy();
      else sendError(response, 500, { code: "INTERNAL", message: "Something inside the subgraph server failed." });
    });
  };
}

async function route(request: IncomingMessage, response: ServerResponse, deps: RouterDeps): Promise<void> {
  const path = pathOf(request);
  const door = deps.doors.get(path);
  if (door !== undefined) return door(request, response);
  const { live, ready } = deps.settings;
  if (path === "/health/live") sendHealth(request, response, live());
  else if (path === "/health/ready") sendHealth(request, response, deps.closing.aborted ? isClosing : await ready());
  else sendError(response, 404, { code: "NOT_FOUND", message: `There is nothing at ${path}.` });
}

const isClosing: Health = { status: "unavailable", reasons: ["The server is closing."] };

function sendHealth(request: IncomingMessage, response: ServerResponse, health: Health): void {
  if (request.method === "GET" || request.method === "HEAD") {
    return sendJson(response, health.status === "ok" ? 200 : 503, health);
  }
  response.setHeader("allow", "GET, HEAD");
  sendError(response, 405, { code: "BAD_REQUEST", message: "Health is read with GET." });
}
