/** A gateway alone, without stores: over the subgraphs of a supergraph file, or over subgraphs that are composed here. */
import { readFile } from "node:fs/promises";
import { composeSubgraphs } from "../../gateway/compose.ts";
import { GraphKeeper } from "../../gateway/reload/graph-keeper.ts";
import { watchFile } from "../../gateway/reload/watch-file.ts";
import { openGateway } from "../../gateway/server/create-gateway.ts";
import { gatewaySettings, type Health } from "../../gateway/server/gateway-options.ts";
import { readSubgraphs, type SupergraphSubgraph } from "../../gateway/supergraph-subgraphs.ts";
import { createRemoteSubgraph, type RemoteSubgraph } from "../../gateway/transport/create-remote-subgraph.ts";
import type { RemoteSubgraphOptions } from "../../gateway/transport/remote-subgraph-options.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { GatewayConfig } from "../config.ts";
import { createOpsRoutes } from "../health/ops-routes.ts";
import { createReadiness } from "../health/readiness.ts";
import { OpenedResources } from "../profiles/opened-resources.ts";
import { readVersion } from "../read-version.ts";
import { createEventWriter } from "../telemetry/log-event.ts";
import { openTelemetry } from "../telemetry/open-telemetry.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { untilAborted } from "./run-instance.ts";

/** Where the supergraph comes from. */
export type GraphOrigin =
  | { readonly kind: "file"; readonly path: string }
  /** Composed of what these subgraphs say of themselves, by name. */
  | { readonly kind: "subgraphs" };

export interface GatewayRun {
  readonly origin: GraphOrigin;
  /** Addresses by subgraph, which go before those of the supergraph and of the settings. */
  readonly addresses: Readonly<Record<string, string>>;
  /** How often file or subgraphs are looked at, in milliseconds. */
  readonly lookEveryMs: number;
  /** What identical requests that are under way at once have in common: nothing, or their reads of subgraphs. */
  readonly share: "none" | "reads";
}

export interface GatewayRunDeps {
  readonly logger: InstanceLogger;
  /** Ends the gateway. */
  readonly signal: AbortSignal;
  /** Called once the door is open. */
  readonly onReady: (started: StartedGateway) => void;
}

export interface StartedGateway {
  readonly port: number;
  /** Names. */
  readonly subgraphs: readonly string[];
}

/**
 * Resolves when the signal has aborted and everything is closed.
 * @throws OnefoldError SUPERGRAPH_INVALID, COMPOSITION_FAILED, SUBGRAPH_UNAVAILABLE, PORT_BUSY
 */
export async function runGateway(config: GatewayConfig, run: GatewayRun, deps: GatewayRunDeps): Promise<void> {
  const { logger, signal } = deps;
  await using opened = new OpenedResources();
  const telemetry = opened.use(
    await openTelemetry(
      { metrics: config.telemetry.metrics, tracing: config.telemetry.traces, version: readVersion() },
      { thread: "main", platform: { sources: [] }, write: createEventWriter(logger) },
    ),
  );
  const monitor = telemetry.gatewayMonitor;
  const source = await openSource(config, run, { ...deps, opened });
  const settings = gatewaySettings(undefined);
  const optionsOf = (subgraph: SupergraphSubgraph): RemoteSubgraphOptions => reach(subgraph, config, run, logger);
  const keeper = await GraphKeeper.open(source.supergraphSdl, { optionsOf, settings, logger, monitor });
  opened.use({ [Symbol.asyncDispose]: async () => keeper.close() });
  const health = (): Health => ({ status: "ok", ...(keeper.refusal === null ? {} : { warnings: [keeper.refusal] }) });
  const readiness = createReadiness([]);
  const routes = createOpsRoutes({ metrics: () => telemetry.metrics(), health, ready: () => readiness.check() });
  const gateway = opened.use(
    await openGateway(
      keeper.graph,
      {
        ...settings,
        health,
        routes,
        ...(monitor === undefined ? {} : { monitor }),
        ...(config.corsOrigins === null ? {} : { corsOrigins: config.corsOrigins }),
      },
      logger,
    ),
  );
  const port = await gateway.listen({ host: config.host, port: config.port });
  using _watch = source.watch(keeper, run.lookEveryMs);
  deps.onReady({ port, subgraphs: readSubgraphs(gateway.supergraphSdl).map(({ name }) => name) });
  await untilAborted(signal);
  await readiness.drain();
}

/** The first supergraph, and how the next ones are found. */
interface GraphSource {
  readonly supergraphSdl: string;
  watch(keeper: GraphKeeper, everyMs: number): Disposable;
}

async function openSource(
  config: GatewayConfig,
  run: GatewayRun,
  deps: Pick<GatewayRunDeps, "logger" | "signal"> & { readonly opened: OpenedResources },
): Promise<GraphSource> {
  if (run.origin.kind === "file") return openFile(run.origin.path);
  const subgraphs = await Promise.all(
    Object.entries(run.addresses).map(async ([name, url]) => {
      const options = reach({ name, url }, config, run, deps.logger);
      return deps.opened.use(await createRemoteSubgraph(options, deps.signal));
    }),
  );
  return {
    supergraphSdl: compose(subgraphs, run.addresses),
    watch: (keeper, everyMs) => pollSubgraphs({ subgraphs, addresses: run.addresses, keeper, everyMs }),
  };
}

async function openFile(path: string): Promise<GraphSource> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new OnefoldError("INPUT_INVALID", `The supergraph ${path} cannot be read (${code}).`, { cause });
  }
  return {
    supergraphSdl: text,
    watch: (keeper, everyMs) =>
      watchFile(
        {
          path,
          everyMs,
          onText: (next) => keeper.offer(next),
          onFault: (error) => keeper.refuse(unreadable(path, error)),
        },
        text,
      ),
  };
}

function unreadable(path: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown reason";
  return new Error(`The supergraph ${path} cannot be read (${code}).`);
}

/** The supergraph names the subgraphs' addresses, so that it says the same as one composed elsewhere. */
function compose(subgraphs: readonly RemoteSubgraph[], addresses: GatewayRun["addresses"]): string {
  return composeSubgraphs(subgraphs.map(({ name, sdl }) => ({ name, sdl, url: addresses[name] ?? "" })));
}

interface SubgraphPoll {
  readonly subgraphs: readonly RemoteSubgraph[];
  readonly addresses: GatewayRun["addresses"];
  readonly keeper: GraphKeeper;
  readonly everyMs: number;
}

/** Subgraphs that are away are left as they were; only what composes is offered. */
function pollSubgraphs({ subgraphs, addresses, keeper, everyMs }: SubgraphPoll): Disposable {
  let isPolling = false;
  const poll = async (): Promise<void> => {
    if (isPolling) return;
    isPolling = true;
    try {
      const changed = await Promise.all(subgraphs.map((subgraph) => subgraph.refresh().catch(() => false)));
      if (changed.includes(true)) await keeper.offer(compose(subgraphs, addresses));
    } catch (error) {
      keeper.refuse(error);
    } finally {
      isPolling = false;
    }
  };
  const timer = setInterval(() => void poll(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function reach(
  { name, url }: SupergraphSubgraph,
  config: GatewayConfig,
  { addresses, share }: GatewayRun,
  logger: InstanceLogger,
): RemoteSubgraphOptions {
  const set = config.subgraphs[name];
  const given = addresses[name];
  const address = given ?? set?.url ?? url;
  if (address === "") {
    throw new OnefoldError("SUPERGRAPH_INVALID", `The supergraph names no address for the subgraph "${name}".`, {
      remedy: `Compose it with addresses, or give one with --subgraph ${name}=http://….`,
    });
  }
  return {
    name,
    url: address,
    logger,
    shareReads: share === "reads",
    ...(given === undefined && set !== undefined && { subscriptionUrl: set.subscriptions }),
  };
}
