/** The `onefold.yaml` that fits running services. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServiceStatus } from "./service-folder.ts";
import { serviceNames } from "./standard-services.ts";

const root = join(import.meta.dirname, "..", "..");
/** Beside the sources, or the built program. */
const schema = join(root, "schema", "onefold.config.schema.json");

/** The default of `subgraphServer.port`. */
const SUBGRAPH_PORT = 4001;

/** Names the distributed profile only where all services run; then also where a gateway of its own finds each domain. */
export function servicesConfig(statuses: readonly ServiceStatus[], domains: readonly string[]): string {
  const running = statuses.filter(({ state }) => state === "running");
  return [
    ...(existsSync(schema) ? [`# yaml-language-server: $schema=${schema}`] : []),
    "# Fits what `onefold services up` has started.",
    ...(running.length === serviceNames.length ? ["profile: distributed"] : []),
    ...running.flatMap(linesOf),
    ...(running.length === serviceNames.length ? subgraphLines(domains) : []),
    "",
  ].join("\n");
}

function subgraphLines(domains: readonly string[]): readonly string[] {
  if (domains.length === 0) return [];
  const lines = domains.map((name) => `  ${name}: { url: "http://127.0.0.1:${SUBGRAPH_PORT}/${name}/graphql" }`);
  return [
    "# Where `onefold start --role gateway` finds what `onefold start --role subgraph` serves.",
    "subgraphs:",
    ...lines,
  ];
}

function linesOf({ name, address }: ServiceStatus): readonly string[] {
  const at = address ?? "";
  switch (name) {
    case "kafka":
      return ["kafka:", `  brokers: ["${at}"]`];
    case "redis":
      return ["redis:", `  url: redis://${at}`];
    case "clickhouse":
      return ["clickhouse:", `  url: http://${at}`];
  }
}
