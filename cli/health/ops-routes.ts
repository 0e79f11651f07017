/** The routes for whoever operates an instance: /metrics, /health, /health/live, /health/ready. For any `node:http` server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Health } from "../profiles/engine.ts";
import type { MetricsText } from "../telemetry/gather-metrics.ts";

export interface OpsRoutesDeps {
  /** Null: metrics are switched off, and nothing is at their path. */
  readonly metrics: () => Promise<MetricsText | null>;
  /** Whether all is well: also what answers nobody, such as ingest. */
  readonly health: () => Health;
  /** Whether requests should be sent here. */
  readonly ready: () => Promise<Health>;
}

/** Answers the request if its path is one of these; true means that it has been answered. */
export interface OpsRoutes {
  (request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  readonly paths: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Liveness says only that the process takes requests: restarting it would mend nothing else. */
export function createOpsRoutes({ metrics, health, ready }: OpsRoutesDeps): OpsRoutes {
  const routes: Readonly<Record<string, () => Promise<Answer>>> = {
    "/metrics": async () => {
      const found = await metrics();
      return found === null ? notThere : { status: 200, ...found };
    },
    "/health": async () => answerHealth(health()),
    "/health/live": async () => answerHealth({ status: "ok" }),
    "/health/ready": async () => answerHealth(await ready()),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return false;
    if (request.method === "GET" || request.method === "HEAD") {
      send(response, await route());
      return true;
    }
    response.setHeader("allow", "GET, HEAD");
    const message = `${path} is read with GET.`;
    send(response, json(405, { errors: [{ message, extensions: { code: "BAD_REQUEST" } }] }));
    return true;
  };
  return Object.assign(answer, { paths: Object.keys(routes) });
}

function answerHealth(health: Health): Answer {
  return json(health.status === "ok" ? 200 : 503, health);
}

const notThere = json(404, { errors: [{ message: "Metrics are switched off.", extensions: { code: "NOT_FOUND" } }] });

function json(status: number, value: object): Answer {
  return { status, contentType: "application/json; charset=utf-8", text: JSON.stringify(value) };
}

function send(response: ServerResponse, { status, contentType, text }: Answer): void {
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("cache-control", "no-store");
  response.setHeader("content-length", Buffer.byteLength(text));
  response.end(response.req.method === "HEAD" ? undefined : text);
}
