/** Asks the running instance of a data directory how it is, through its control channel. */
import { requestOperation } from "../control/control-client.ts";
import { controlPath } from "../control/control-path.ts";
import type { PlatformStatus } from "../operations/operation.ts";
import type { InstanceAnswer } from "./embedded-checks.ts";

/** Null if nobody listens there. */
export async function askInstance(dataDir: string, signal: AbortSignal): Promise<InstanceAnswer | null> {
  const updates = await requestOperation(await controlPath(dataDir), { kind: "status" }, signal);
  if (updates === null) return null;
  for await (const update of updates) {
    if (update.kind !== "result") continue;
    const { health, sources } = update.result as PlatformStatus;
    const behind = sources
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { stateLag, seriesLag }) => sum + Math.max(stateLag, seriesLag), 0);
    return { health, behind };
  }
  return null;
}
