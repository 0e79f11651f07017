/** placeholder */
import type { Engine } from "../profiles/engine.ts";
import type { InstanceLogger } from "./create-instance-logger.ts";
export type LiveTraffic = AsyncDisposable;
export function startLiveTraffic(
  _engine: Engine,
  _options: { readonly rate: number; readonly logger: InstanceLogger },
): LiveTraffic {
  return { [Symbol.asyncDispose]: async () => undefined };
}
