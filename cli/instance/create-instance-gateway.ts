/** The instance's gateway over its own domains: subgraphs on the engine's stores, called in this process. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createGateway, type Gateway } from "../../gateway/server/create-gateway.ts";
import { createSubgraphs } from "../../subgraphs/create-subgraph.ts";
import type { Subgraph } from "../../subgraphs/subgraph.ts";
import type { ServeConfig } from "../config.ts";
import type { Readiness } from "../health/readiness.ts";
import type { Engine } from "../profiles/engine.ts";
import { createEngineRoutes } from "../telemetry/engine-telemetry.ts";
import type { Telemetry } from "../telemetry/open-telemetry.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { createPublish } from "./create-publish.ts";
import { exampleQueries } from "./example-queries.ts";
import type { GatewaySetup } from "./gateway-setup.ts";
import { createInstanceRoutes } from "./instance-routes.ts";
import { findWrittenResolvers } from "./written-resolvers.ts";

export interface InstanceGatewayDeps {
  readonly config: ServeConfig;
  readonly engine: Engine;
  readonly logger: InstanceLogger;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  readonly setup: GatewaySetup;
}

/** The subgraphs of the declared domains, over the engine's stores. */
export async function createInstanceSubgraphs(
  deps: Pick<InstanceGatewayDeps, "config" | "engine" | "logger">,
): Promise<readonly Subgraph[]> {
  const { config, engine, logger } = deps;
  const { platform, state, series, identity, changes, clock } = engine;
  return createSubgraphs({
    platform,
    stores: { state, series, identity, changes },
    generation: () => engine.generation(),
    clock,
    publish: createPublish(engine),
    resolvers: await findWrittenResolvers(platform, config.ownDomains),
    logger,
  });
}

export async function createInstanceGateway(deps: InstanceGatewayDeps): Promise<Gateway> {
  const { config, engine, logger, telemetry, readiness, setup } = deps;
  const { platform } = engine;
  const subgraphs = await createInstanceSubgraphs(deps);
  const onFault = (error: unknown): void => logger.error({ err: error }, "Pushed events could not be taken.");
  const push = createInstanceRoutes(engine, { corsOrigins: config.corsOrigins, onFault });
  const operate = createEngineRoutes(telemetry, engine, readiness);
  const { settings, withWarnings } = setup;
  const options = {
    ...settings,
    health: () => withWarnings(engine.health()),
    examples: exampleQueries(platform),
    routes: async (request: IncomingMessage, response: ServerResponse): Promise<boolean> =>
      (await operate(request, response)) || telemetry.belowCaller(request.headers, () => push(request, response)),
  };
  return createGateway({ subgraphs, logger, options });
}
