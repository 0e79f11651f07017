/** `status`: health, and for each source what the log holds and how far the stores are behind. */
import { OnefoldError } from "../../schema/errors.ts";
import { partitionKey } from "../../schema/cursor.ts";
import { countQuarantined } from "../../ingest/quality/quarantine.ts";
import type { Engine, WaitFor } from "../profiles/engine.ts";
import type { PartitionStatus, PlatformStatus, SourceStatus } from "./operation.ts";

export async function statusOperation(engine: Engine): Promise<PlatformStatus> {
  const { platform } = engine;
  const sources: SourceStatus[] = [];
  for (const source of platform.sources) {
    const partitions: PartitionStatus[] = [];
    for (const { partition, start, end } of await engine.log.ranges(source.topic)) {
      const at = { key: partitionKey(source.topic, partition), end };
      const stateLag = end - (await reached(engine, at, "state"));
      const seriesLag = end - (await reached(engine, at, "all"));
      partitions.push({ partition, start, end, stateLag, seriesLag });
    }
    const quarantined = await countQuarantined(engine.log, source);
    sources.push({ name: source.name, domain: source.domain, partitions, quarantined });
  }
  const domains = platform.domains.map(({ name, owner }) => ({ name, owner }));
  return { health: engine.health(), generation: servingGeneration(engine), domains, sources };
}

/** The greatest offset that the stores include, found by asking: mostly it is the end. */
async function reached(
  engine: Pick<Engine, "waitFor">,
  at: { readonly key: string; readonly end: number },
  stores: WaitFor,
): Promise<number> {
  const includes = (offset: number): Promise<boolean> => engine.waitFor({ [at.key]: offset }, stores, 0);
  if (await includes(at.end)) return at.end;
  let [low, high] = [0, at.end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await includes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Null while models are being rebuilt; the health says so. */
export function servingGeneration(engine: Pick<Engine, "generation">): number | null {
  try {
    return engine.generation();
  } catch (fault) {
    if (fault instanceof OnefoldError && fault.code === "STORE_REBUILDING") return null;
    throw fault;
  }
}
