/** `lag`: how far each store is behind the log, partition by partition. */
import type { Engine } from "../profiles/engine.ts";
import { measureLag } from "./measure-lag.ts";
import type { LagReport } from "./operation.ts";

/** @throws OnefoldError STORE_REBUILDING while no generation serves */
export async function lagOperation(engine: Engine): Promise<LagReport> {
  const generation = engine.generation();
  return { generation, partitions: await measureLag(engine, generation) };
}
