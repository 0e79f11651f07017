/** Telemetry over an open engine: lag on every scrape, and the operational routes of its process. */
import { createOpsRoutes, type OpsRoutes } from "../health/ops-routes.ts";
import type { Readiness } from "../health/readiness.ts";
import { measureLag } from "../operations/measure-lag.ts";
import { servingGeneration } from "../operations/status-operation.ts";
import type { Engine } from "../profiles/engine.ts";
import type { Telemetry } from "./open-telemetry.ts";

export function collectEngineLag(telemetry: Telemetry, engine: Engine): void {
  telemetry.collectLag({
    measure: async () => measureLag(engine, engine.generation()),
    generation: () => servingGeneration(engine),
  });
}

export function createEngineRoutes(
  telemetry: Telemetry,
  engine: Pick<Engine, "health">,
  readiness: Readiness,
): OpsRoutes {
  return createOpsRoutes({
    metrics: () => telemetry.metrics(),
    health: () => engine.health(),
    ready: () => readiness.check(),
  });
}
