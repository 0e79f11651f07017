/** What a started instance says: where it listens, what it serves, and what to try first. */
import { isLoopback, type ServeConfig } from "../config.ts";
import { formatCounted } from "../output/format-number.ts";
import { FIRST_QUERY, hasSamples } from "./example-queries.ts";
import type { StartedInstance } from "./run-instance.ts";

export function describeStart(config: ServeConfig, { port, platform, rate }: StartedInstance): string {
  const url = `http://${reachable(config.host)}:${port}`;
  const names = platform.domains.map(({ name }) => name).join(", ");
  const lines = [
    "",
    `Onefold serves ${formatCounted(platform.domains.length, "domain")} (${names}) from ${config.dataDir}`,
    "",
    `  GraphiQL   ${url}/`,
    `  GraphQL    ${url}/graphql   (HTTP, WebSocket, SSE)`,
    `  push       ${url}/ingest/<source>`,
    `  health     ${url}/health`,
    "",
    ...(rate === null
      ? []
      : [`Live sample traffic: about ${rate} events a second. --no-generate starts without it.`, ""]),
    ...(hasSamples(platform)
      ? [
          "Try:",
          `  curl -s ${url}/graphql -H 'content-type: application/json' \\`,
          `    -d '${JSON.stringify({ query: FIRST_QUERY })}'`,
          "",
        ]
      : []),
    "Ctrl-C stops it.",
  ];
  return lines.join("\n");
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
