/** The `onefold.yaml` that fits running services. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServiceStatus } from "./service-folder.ts";
import { serviceNames } from "./standard-services.ts";

const root = join(import.meta.dirname, "..", "..");
/** Beside the sources, or the built program. */
const schema = join(root, "schema", "onefold.config.schema.json");

/** Names the distributed profile only where all services run. */
export function servicesConfig(statuses: readonly ServiceStatus[]): string {
  const running = statuses.filter(({ state }) => state === "running");
  return [
    ...(existsSync(schema) ? [`# yaml-language-server: $schema=${schema}`] : []),
    "# Fits what `onefold services up` has started.",
    ...(running.length === serviceNames.length ? ["profile: distributed"] : []),
    ...running.flatMap(linesOf),
    "",
  ].join("\n");
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
