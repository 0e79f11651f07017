/** What a started instance says: where it listens, what it serves, and what to try first. */
import { isLoopback, type GatewayConfig, type Role, type StartConfig } from "../config.ts";
import { formatCounted } from "../output/format-number.ts";
import { FIRST_QUERY, hasSamples } from "./example-queries.ts";
import type { StartedGateway } from "./run-gateway.ts";
import type { StartedInstance } from "./run-instance.ts";

export function describeStart(config: StartConfig, started: StartedInstance): string {
  const { platform, rate } = started;
  const url = `http://${reachable(config.host)}:${started.port}`;
  const names = platform.domains.map(({ name }) => name).join(", ");
  const domains = `${formatCounted(platform.domains.length, "domain")} (${names})`;
  const hasGateway = config.profile === "embedded" || config.roles.has("gateway");
  const lines = [
    "",
    config.profile === "embedded"
      ? `Onefold serves ${domains} from ${config.dataDir}`
      : `Onefold runs ${[...config.roles].join(", ")} of ${domains}, over Kafka, Redis and ClickHouse`,
    "",
    ...doors(config, url),
    "",
    ...(rate === null
      ? []
      : [`Live sample traffic: about ${rate} events a second. --no-generate starts without it.`, ""]),
    ...(hasGateway && hasSamples(platform) ? firstSteps(url) : []),
    "Ctrl-C stops it.",
  ];
  return lines.join("\n");
}

function doors(config: StartConfig, url: string): readonly string[] {
  const runs = (role: Role): boolean => config.profile === "embedded" || config.roles.has(role);
  const subgraphs = config.profile === "distributed" && runs("subgraph") && !runs("gateway");
  return [
    ...(runs("gateway") ? [`  GraphiQL   ${url}/`, `  GraphQL    ${url}/graphql   (HTTP, WebSocket, SSE)`] : []),
    ...(subgraphs
      ? [`  subgraphs  http://${reachable(config.subgraphServer.host)}:${config.subgraphServer.port}/<domain>/graphql`]
      : []),
    ...(runs("ingest") || runs("subgraph") ? [`  push       ${url}/ingest/<source>`] : []),
    `  health     ${url}/health`,
    ...(config.telemetry.metrics ? [`  metrics    ${url}/metrics`] : []),
  ];
}

function firstSteps(url: string): readonly string[] {
  return [
    "Try:",
    `  curl -s ${url}/graphql -H 'content-type: application/json' \\`,
    `    -d '${JSON.stringify({ query: FIRST_QUERY })}'`,
    "",
  ];
}

/** What a gateway over subgraphs elsewhere says. */
export function describeGateway(config: GatewayConfig, { port, subgraphs }: StartedGateway): string {
  const url = `http://${reachable(config.host)}:${port}`;
  return [
    "",
    `Onefold serves one graph of ${formatCounted(subgraphs.length, "subgraph")} (${subgraphs.join(", ")})`,
    "",
    `  GraphiQL   ${url}/`,
    `  GraphQL    ${url}/graphql   (HTTP, WebSocket, SSE)`,
    `  health     ${url}/health`,
    ...(config.telemetry.metrics ? [`  metrics    ${url}/metrics`] : []),
    "",
    "Ctrl-C stops it.",
  ].join("\n");
}

/** How this machine reaches a server that listens there. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** Null where only this machine can reach it. */
export function warnAboutHost(host: string): string | null {
  if (isLoopback(host)) return null;
  return `Listening on ${host}: whoever reaches this address can read and write everything, since there is no authentication yet.`;
}
