/** A gateway without stores: its subgraphs are reached by HTTP and WebSocket. */
import { createGateway } from "../../gateway/server/create-gateway.ts";
import type { Health } from "../../gateway/server/gateway-options.ts";
import { createRemoteSubgraph, type RemoteSubgraph } from "../../gateway/transport/create-remote-subgraph.ts";
import type { DistributedConfig } from "../config.ts";
import { createReadiness, type Readiness } from "../health/readiness.ts";
import { createOpsRoutes } from "../health/ops-routes.ts";
import type { OpenedResources } from "../profiles/opened-resources.ts";
import type { Telemetry } from "../telemetry/open-telemetry.ts";
import { exampleQueries } from "./example-queries.ts";
import { openGatewaySetup } from "./gateway-setup.ts";
import type { InstanceDeps } from "./run-instance.ts";

/** Waits until every subgraph has told its schema. Answers the port that it listens on. */
export async function openRemoteGateway(
  config: DistributedConfig,
  deps: InstanceDeps & { readonly opened: OpenedResources; readonly telemetry: Telemetry },
): Promise<{ readonly port: number; readonly readiness: Readiness }> {
  const { opened, telemetry, logger, platform, signal } = deps;
  const { settings, withWarnings } = await openGatewaySetup(config, { telemetry, logger, signal, opened });
  const watched = { logger, ...(settings.monitor !== undefined && { monitor: settings.monitor }) };
  const subgraphs: RemoteSubgraph[] = await Promise.all(
    Object.entries(config.subgraphs).map(async ([name, { url, subscriptions, options }]) =>
      opened.use(
        await createRemoteSubgraph({ ...options, ...watched, name, url, subscriptionUrl: subscriptions }, signal),
      ),
    ),
  );
  const readiness = createReadiness([]);
  const health = (): Health => withWarnings({ status: "ok" });
  const operate = createOpsRoutes({
    metrics: () => telemetry.metrics(),
    // Subgraphs that are away show in answers, each at its path: the gateway itself is well.
    health,
    ready: () => readiness.check(),
  });
  const options = { ...settings, examples: exampleQueries(platform), routes: operate, health };
  const gateway = opened.use(await createGateway({ subgraphs, logger, options }));
  return { port: await gateway.listen({ host: config.host, port: config.port }), readiness };
}
