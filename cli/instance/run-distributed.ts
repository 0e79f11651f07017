/** The roles of one process of a distributed instance, assembled: stores, engine, doors; taken down in the opposite order. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSubgraphServer } from "../../subgraphs/server/create-subgraph-server.ts";
import type { DistributedConfig } from "../config.ts";
import { engineProbes } from "../health/engine-probes.ts";
import { openOpsServer } from "../health/ops-server.ts";
import { createReadiness, type Readiness } from "../health/readiness.ts";
import { createDistributedEngine } from "../profiles/distributed/distributed-engine.ts";
import { openStores } from "../profiles/distributed/open-stores.ts";
import type { Engine } from "../profiles/engine.ts";
import { OpenedResources } from "../profiles/opened-resources.ts";
import { collectEngineLag, createEngineRoutes } from "../telemetry/engine-telemetry.ts";
import type { Telemetry } from "../telemetry/open-telemetry.ts";
import { openGatewaySetup } from "./gateway-setup.ts";
import { createInstanceGateway, createInstanceSubgraphs } from "./create-instance-gateway.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { openRemoteGateway } from "./open-remote-gateway.ts";
import { createInstanceRoutes } from "./instance-routes.ts";
import { startLiveTraffic } from "./live-traffic.ts";
import { openInstanceTelemetry, untilAborted, type InstanceDeps } from "./run-instance.ts";

/** Resolves when the signal has aborted and everything is closed. */
export async function runDistributed(config: DistributedConfig, deps: InstanceDeps): Promise<void> {
  const { platform, logger, signal } = deps;
  await using opened = new OpenedResources();
  const telemetry = opened.use(await openInstanceTelemetry(config, deps));
  if (!config.roles.has("ingest") && !config.roles.has("subgraph")) {
    const { port, readiness } = await openRemoteGateway(config, { ...deps, opened, telemetry });
    deps.onReady({ port, platform, rate: null });
    await untilAborted(signal);
    await readiness.drain();
    return;
  }

  const stores = opened.use(await openStores(config, platform));
  const ingest = config.roles.has("ingest") ? config.ingest : null;
  const engine = opened.use(await createDistributedEngine({ platform, stores, ingest, logger, telemetry }));
  collectEngineLag(telemetry, engine);
  const readiness = createReadiness(engineProbes(engine));
  const port = await openDoors(config, { engine, logger, telemetry, readiness, opened });
  const traffic = config.rate === null ? null : startLiveTraffic(engine, { rate: config.rate, logger });
  if (traffic !== null) opened.use(traffic);
  deps.onReady({ port, platform, rate: traffic === null ? null : config.rate });
  await untilAborted(signal);
  // Whoever sends requests here learns that it should not, before the doors are closed.
  await readiness.drain();
  logger.info({}, "Stopping: answers on their way are finished, and what was read is written.");
}

interface Doors {
  readonly engine: Engine;
  readonly logger: InstanceLogger;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  readonly opened: OpenedResources;
}

/** Answers the port of the gateway; of a process without one, that of its operational routes and of pushed events. */
async function openDoors(config: DistributedConfig, doors: Doors): Promise<number> {
  const { engine, logger, telemetry, readiness, opened } = doors;
  const address = { host: config.host, port: config.port };
  if (config.roles.has("gateway")) {
    const setup = await openGatewaySetup(config, { telemetry, logger, opened });
    const gateway = opened.use(await createInstanceGateway({ config, engine, logger, telemetry, readiness, setup }));
    return gateway.listen(address);
  }
  if (config.roles.has("subgraph")) {
    const subgraphs = await createInstanceSubgraphs({ config, engine, logger });
    const options = { ready: () => readiness.check() };
    const server = opened.use(await createSubgraphServer({ subgraphs, logger, options }));
    const port = await server.listen(config.subgraphServer);
    logger.info({ port, paths: server.paths }, "Subgraphs are served.");
  }
  const onFault = (error: unknown): void => logger.error({ err: error }, "Pushed events could not be taken.");
  const push = createInstanceRoutes(engine, { corsOrigins: config.corsOrigins, onFault });
  const operate = createEngineRoutes(telemetry, engine, readiness);
  const routes = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> =>
    (await operate(request, response)) || telemetry.belowCaller(request.headers, () => push(request, response));
  const server = opened.use(
    await openOpsServer(address, routes, (fault) => logger.error({ err: fault }, "A request failed.")),
  );
  return server.port;
}
