/** The instance's gateway over its own domains: subgraphs on the engine's stores, called in this process. */
import { createGateway, type Gateway } from "../../gateway/server/create-gateway.ts";
import { createSubgraphs } from "../../subgraphs/create-subgraph.ts";
import type { ServeConfig } from "../config.ts";
import type { Engine } from "../profiles/engine.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { createPublish } from "./create-publish.ts";
import { exampleQueries } from "./example-queries.ts";
import { createInstanceRoutes } from "./instance-routes.ts";
import { findWrittenResolvers } from "./written-resolvers.ts";

export interface InstanceGatewayDeps {
  readonly config: ServeConfig;
  readonly engine: Engine;
  readonly logger: InstanceLogger;
}

export async function createInstanceGateway({ config, engine, logger }: InstanceGatewayDeps): Promise<Gateway> {
  const { platform, state, series, identity, changes, clock } = engine;
  const subgraphs = createSubgraphs({
    platform,
    stores: { state, series, identity, changes },
    generation: () => engine.generation(),
    clock,
    publish: createPublish(engine),
    resolvers: await findWrittenResolvers(platform, config.ownDomains),
    logger,
  });
  const onFault = (error: unknown): void => logger.error({ err: error }, "Pushed events could not be taken.");
  const options = {
    health: () => engine.health(),
    examples: exampleQueries(platform),
    routes: createInstanceRoutes(engine, { corsOrigins: config.corsOrigins, onFault }),
    ...(config.corsOrigins === null ? {} : { corsOrigins: config.corsOrigins }),
  };
  return createGateway({ subgraphs, logger, options });
}
