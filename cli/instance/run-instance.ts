/** A running instance, assembled: data directory, engine, subgraphs, gateway, live traffic; taken down in the opposite order. */
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { ServeConfig } from "../config.ts";
import { controlPath } from "../control/control-path.ts";
import { openControlServer } from "../control/control-server.ts";
import { ownDataDir } from "../data-dir/own-data-dir.ts";
import type { Owner } from "../data-dir/data-dir-lock.ts";
import { noteDeclared } from "../data-dir/declared-models.ts";
import { engineProbes } from "../health/engine-probes.ts";
import { createReadiness } from "../health/readiness.ts";
import { createOperations } from "../operations/perform-operation.ts";
import { openEmbedded } from "../profiles/embedded/embedded.ts";
import { OpenedResources } from "../profiles/opened-resources.ts";
import { readVersion } from "../read-version.ts";
import { collectEngineLag } from "../telemetry/engine-telemetry.ts";
import { createEventWriter } from "../telemetry/log-event.ts";
import { openTelemetry, type Telemetry } from "../telemetry/open-telemetry.ts";
import { createInstanceGateway } from "./create-instance-gateway.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
import { openGatewaySetup } from "./gateway-setup.ts";
import { startLiveTraffic } from "./live-traffic.ts";

export interface InstanceDeps {
  readonly platform: PlatformModel;
  readonly logger: InstanceLogger;
  /** Ends the instance. */
  readonly signal: AbortSignal;
  /** Called while a command has the data directory. */
  readonly onWait: (owner: Owner) => void;
  /** Called once all doors are open. */
  readonly onReady: (started: StartedInstance) => void;
}

export interface StartedInstance {
  readonly port: number;
  readonly platform: PlatformModel;
  /** Events a second of live sample traffic; null: there is none. */
  readonly rate: number | null;
}

/** How long a command that has the data directory is waited for. */
const WAIT_FOR_COMMAND_MS = 20_000;

/** Resolves when the signal has aborted and everything is closed. */
export async function runInstance(config: ServeConfig, deps: InstanceDeps): Promise<void> {
  const { platform, logger, signal } = deps;
  await using opened = new OpenedResources();
  const wait = { timeoutMs: WAIT_FOR_COMMAND_MS, signal, onWait: deps.onWait };
  opened.use(await ownDataDir(config.dataDir, { kind: "instance", command: "onefold start" }, wait));
  await noteDeclared(config.dataDir, platform, config.domains);
  const telemetry = opened.use(await openInstanceTelemetry(config, deps));
  const engine = opened.use(await openEmbedded({ dataDir: config.dataDir, platform, telemetry }));
  collectEngineLag(telemetry, engine);
  const readiness = createReadiness(engineProbes(engine));
  const perform = createOperations(engine);
  opened.use(await openControlServer({ path: await controlPath(config.dataDir), perform }));
  const setup = await openGatewaySetup(config, { telemetry, logger, signal, opened });
  const gateway = opened.use(await createInstanceGateway({ config, engine, logger, telemetry, readiness, setup }));
  const port = await gateway.listen({ host: config.host, port: config.port });
  const traffic = config.rate === null ? null : startLiveTraffic(engine, { rate: config.rate, logger });
  if (traffic !== null) opened.use(traffic);
  deps.onReady({ port, platform, rate: traffic === null ? null : config.rate });
  await untilAborted(signal);
  // Whoever sends requests here learns that it should not, before the doors are closed.
  await readiness.drain();
  logger.info({}, "Stopping: answers on their way are finished, and what was read is written.");
}

export function openInstanceTelemetry(
  { telemetry: { traces, ...settings } }: ServeConfig,
  { platform, logger }: InstanceDeps,
): Promise<Telemetry> {
  const options = { ...settings, tracing: traces, version: readVersion() };
  return openTelemetry(options, { thread: "main", platform, write: createEventWriter(logger) });
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
