/** Runs a command's operation on the stores of a distributed instance; its ingest processes do what the operation waits for. */
import { createInstanceLogger } from "../instance/create-instance-logger.ts";
import type { DistributedConfig } from "../config.ts";
import type { OperationRequest, OperationUpdate } from "./operation.ts";

/** Ends when the result was yielded and the connections are closed. */
export async function* runOnStores(
  config: DistributedConfig,
  request: OperationRequest,
  options: { readonly signal: AbortSignal; readonly stderr: NodeJS.WritableStream },
): AsyncGenerator<OperationUpdate> {
  const { readDeclarations, openStores, createDistributedEngine, createOperations } = await loadEngine();
  const platform = await readDeclarations(config.domains);
  const logger = createInstanceLogger({ level: "warn", stream: options.stderr });
  await using stores = await openStores(config, platform);
  await using engine = await createDistributedEngine({ platform, stores, ingest: null, logger, telemetry: null });
  yield* createOperations(engine)(request, options.signal);
}

/** A function of its own: TypeScript 6.0 leaves the `.ts` of a dynamic import as it is where it stands beside `await using`. */
async function loadEngine() {
  const { readDeclarations } = await import("../declarations.ts");
  const { openStores } = await import("../profiles/distributed/open-stores.ts");
  const { createDistributedEngine } = await import("../profiles/distributed/distributed-engine.ts");
  const { createOperations } = await import("./perform-operation.ts");
  return { readDeclarations, openStores, createDistributedEngine, createOperations };
}
