/** A gateway alone, without stores: over the subgraphs of a supergraph file, or over subgraphs that are composed here. */
import { GraphKeeper, type GraphKeeperOptions } from "../../gateway/reload/graph-keeper.ts";
import { composePolled, pollSubgraphs } from "../../gateway/reload/poll-subgraphs.ts";
import { readWatchedFile } from "../../gateway/reload/read-watched-file.ts";
import { watchFile } from "../../gateway/reload/watch-file.ts";
import { openGateway } from "../../gateway/server/create-gateway.ts";
import type { Health } from "../../gateway/server/gateway-options.ts";
import type { SupergraphSubgraph } from "../../gateway/supergraph-subgraphs.ts";
import { createRemoteSubgraph } from "../../gateway/transport/create-remote-subgraph.ts";
import type { RemoteSubgraphOptions } from "../../gateway/transport/remote-subgraph-options.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { GatewayConfig } from "../config.ts";
import { createOpsRoutes } from "../health/ops-routes.ts";
import { createReadiness } from "../health/readiness.ts";
import { OpenedResources } from "../profiles/opened-resources.ts";
import { readVersion } from "../read-version.ts";
import { createEventWriter } from "../telemetry/log-event.ts";
import type { MetricsText } from "../telemetry/gather-metrics.ts";
import { openTelemetry } from "../telemetry/open-telemetry.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { openGatewaySetup } from "./gateway-setup.ts";
import { untilAborted } from "./run-instance.ts";
import type { WorkersLink } from "./workers/join-workers.ts";

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
  /** What identical requests that are under way at once have in common: nothing, or their reads of subgraphs; null: as set. */
  readonly share: "none" | "reads" | "queries" | null;
}

export interface GatewayRunDeps {
  readonly logger: InstanceLogger;
  /** Ends the gateway. */
  readonly signal: AbortSignal;
  /** Called once the door is open. */
  readonly onReady: (started: StartedGateway) => void;
  /** Null: this process serves alone. */
  readonly link: WorkersLink | null;
}

export interface StartedGateway {
  readonly port: number;
  /** Names. */
  readonly subgraphs: readonly string[];
}

/**
 * Resolves when the signal has aborted and everything is closed.
 * @throws OnefoldError INPUT_INVALID, SUPERGRAPH_INVALID, COMPOSITION_FAILED, SUBGRAPH_UNAVAILABLE, KEYS_UNAVAILABLE, PORT_BUSY
 */
export async function runGateway(config: GatewayConfig, run: GatewayRun, deps: GatewayRunDeps): Promise<void> {
  const { logger, signal, link } = deps;
  await using opened = new OpenedResources();
  const telemetry = opened.use(
    await openTelemetry(
      { ...config.telemetry, tracing: config.telemetry.traces, version: readVersion() },
      { thread: "main", platform: { sources: [] }, write: createEventWriter(logger) },
    ),
  );
  link?.measureBy(() => telemetry.snapshot());
  const setupDeps = { telemetry, logger, signal, opened };
  const { settings, withWarnings } = await openGatewaySetup(shareAs(run.share, config), setupDeps);
  const { monitor } = settings;
  const watched = { logger, ...(monitor !== undefined && { monitor }) };
  const optionsOf = (subgraph: SupergraphSubgraph): RemoteSubgraphOptions => reach(subgraph, config, run, watched);
  const source = await openSource(config, run, { ...deps, opened });
  const keeper = await openKeeper(source, { optionsOf, settings, logger, monitor }, link);
  opened.use({ [Symbol.asyncDispose]: async () => keeper.close() });
  warnOfUnknown(run.addresses, keeper.subgraphs, logger);
  const health = (): Health => {
    const warnings = [...(keeper.refusal === null ? [] : [keeper.refusal]), ...(link?.warnings() ?? [])];
    return withWarnings({ status: "ok", ...(warnings.length > 0 && { warnings }) });
  };
  const readiness = createReadiness([]);
  const metrics = (): Promise<MetricsText | null> => link?.metrics() ?? telemetry.metrics();
  const routes = createOpsRoutes({ metrics, health, ready: () => readiness.check() });
  const gateway = opened.use(await openGateway(keeper.graph, { ...settings, health, routes }, logger));
  const port = await gateway.listen({ host: config.host, port: link?.port ?? config.port });
  using _watch = source.watch(keeper, run.lookEveryMs);
  deps.onReady({ port, subgraphs: keeper.subgraphs });
  await untilAborted(signal);
  await readiness.drain();
}

/** A flag goes before the setting. */
function shareAs(share: GatewayRun["share"], config: GatewayConfig): GatewayConfig {
  if (share === null) return config;
  const { gateway } = config;
  return { ...config, gateway: { ...gateway, options: { ...gateway.options, shareQueries: share === "queries" } } };
}

/** The first supergraph, and how the next ones are found. */
interface GraphSource {
  readonly supergraphSdl: string;
  watch(keeper: GraphKeeper, everyMs: number): Disposable;
}

/** A worker that takes the place of another serves what that one did, where there is nothing better by now. */
async function openKeeper(
  { supergraphSdl }: GraphSource,
  options: GraphKeeperOptions,
  link: WorkersLink | null,
): Promise<GraphKeeper> {
  const last = link?.supergraphSdl ?? null;
  const keeper = await GraphKeeper.open(supergraphSdl, options).catch(async (error: unknown) => {
    if (last === null) throw error;
    const kept = await GraphKeeper.open(last, options);
    kept.refuse(error);
    return kept;
  });
  keeper.graph.onSwap((next) => link?.serves(next.supergraphSdl));
  link?.serves(keeper.graph.current.supergraphSdl);
  return keeper;
}

async function openSource(
  config: GatewayConfig,
  run: GatewayRun,
  deps: Pick<GatewayRunDeps, "logger" | "signal" | "link"> & { readonly opened: OpenedResources },
): Promise<GraphSource> {
  if (run.origin.kind === "file") return openFile(run.origin.path, deps.link);
  const subgraphs = await Promise.all(
    Object.entries(run.addresses).map(async ([name, url]) => {
      const options = reach({ name, url }, config, run, { logger: deps.logger });
      return { subgraph: deps.opened.use(await createRemoteSubgraph(options, deps.signal)), url };
    }),
  );
  return {
    supergraphSdl: composePolled(subgraphs),
    watch: (keeper, everyMs) =>
      pollSubgraphs({
        ...{ subgraphs, everyMs, logger: deps.logger },
        onText: (next) => keeper.offer(next),
        onFault: (error) => keeper.refuse(error),
      }),
  };
}

async function openFile(path: string, link: WorkersLink | null): Promise<GraphSource> {
  const last = link?.supergraphSdl ?? null;
  const file = { what: "supergraph", path };
  const text = await readWatchedFile(file).catch((error: unknown) => {
    if (last === null) throw error;
    return last;
  });
  return {
    supergraphSdl: text,
    watch: (keeper, everyMs) =>
      watchFile(
        { ...file, everyMs, onText: (next) => keeper.offer(next), onFault: (error) => keeper.refuse(error) },
        text,
      ),
  };
}

/** A subgraph may come later, so that this is no error. */
function warnOfUnknown(addresses: GatewayRun["addresses"], known: readonly string[], logger: InstanceLogger): void {
  const unknown = Object.keys(addresses).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  logger.warn({ unknown, known }, "Addresses are given for subgraphs that the supergraph does not have.");
}

function reach(
  { name, url }: SupergraphSubgraph,
  config: GatewayConfig,
  { addresses, share }: GatewayRun,
  watched: Pick<RemoteSubgraphOptions, "logger" | "monitor">,
): RemoteSubgraphOptions {
  const set = config.subgraphs[name];
  const given = addresses[name];
  const address = given ?? set?.url ?? url;
  if (address === "") {
    throw new OnefoldError("SUPERGRAPH_INVALID", `The supergraph names no address for the subgraph "${name}".`, {
      remedy: `Compose it with addresses, or give one with --subgraph ${name}=http://….`,
    });
  }
  const subscriptionUrl = given === undefined && set !== undefined ? { subscriptionUrl: set.subscriptions } : {};
  const unshared = share === "none" ? { shareReads: false } : {};
  const claims = set === undefined ? { claimHeaders: config.authorization.claimHeaders } : {};
  return { ...claims, ...set?.options, ...unshared, name, url: address, ...watched, ...subscriptionUrl };
}
