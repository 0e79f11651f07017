/** A whole instance in this thread over memory stores: engine, graph, push and operational routes on a free port. */
import { createInstanceGateway } from "../../cli/instance/create-instance-gateway.ts";
import { openGatewaySetup } from "../../cli/instance/gateway-setup.ts";
import { createInstanceLogger } from "../../cli/instance/create-instance-logger.ts";
import { engineProbes } from "../../cli/health/engine-probes.ts";
import { createReadiness, type Readiness } from "../../cli/health/readiness.ts";
import { readStartConfig } from "../../cli/config.ts";
import { OpenedResources } from "../../cli/profiles/opened-resources.ts";
import { collectEngineLag } from "../../cli/telemetry/engine-telemetry.ts";
import { createEventWriter } from "../../cli/telemetry/log-event.ts";
import { openTelemetry, type TelemetryOptions } from "../../cli/telemetry/open-telemetry.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { openMemoryEngine, type MemoryEngine } from "./memory-engine.ts";
import { catchOutput } from "./catch-output.ts";

export interface MemoryInstance extends AsyncDisposable {
  readonly url: string;
  readonly engine: MemoryEngine;
  readonly readiness: Readiness;
  /** What it has logged so far, a line an object. */
  log(): readonly Readonly<Record<string, unknown>>[];
}

export async function openMemoryInstance(
  platform: PlatformModel,
  options: Partial<TelemetryOptions> = {},
): Promise<MemoryInstance> {
  await using opened = new OpenedResources();
  const terminal = catchOutput();
  const logger = createInstanceLogger({ level: "info", stream: terminal.stderr });
  const telemetry = opened.use(
    await openTelemetry(
      { metrics: true, tracing: null, version: "1.2.3", ...options },
      { thread: "main", platform, write: createEventWriter(logger) },
    ),
  );
  const engine = opened.use(await openMemoryEngine(platform, { telemetry }));
  collectEngineLag(telemetry, engine);
  const readiness = createReadiness(engineProbes(engine), { keptMs: 0 });
  const config = readStartConfig({}, { env: {}, cwd: "/" });
  const setup = await openGatewaySetup(config, { telemetry, logger, opened });
  const gateway = opened.use(await createInstanceGateway({ config, engine, logger, telemetry, readiness, setup }));
  const port = await gateway.listen({ port: 0 });
  const resources = opened.move();
  return {
    url: `http://127.0.0.1:${String(port)}`,
    engine,
    readiness,
    log: () =>
      terminal
        .err()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
