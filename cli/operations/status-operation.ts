/** `status`: health, and for each source what the log holds and how far the stores are behind. */
import { OnefoldError } from "../../schema/errors.ts";
import { partitionKey } from "../../schema/cursor.ts";
import { countQuarantined } from "../../ingest/quality/quarantine.ts";
import { readProgress } from "../profiles/generations/generation-progress.ts";
import type { PartitionProgress } from "../profiles/progress-book.ts";
import type { Engine, WaitFor } from "../profiles/engine.ts";
import type { PartitionStatus, PlatformStatus, SourceStatus } from "./operation.ts";

export async function statusOperation(engine: Engine): Promise<PlatformStatus> {
  const { platform } = engine;
  const generation = servingGeneration(engine);
  const progress = generation === null ? null : await readProgress(engine, generation);
  const sources: SourceStatus[] = [];
  for (const source of platform.sources) {
    const partitions: PartitionStatus[] = [];
    for (const { partition, start, end } of await engine.log.ranges(source.topic)) {
      const key = partitionKey(source.topic, partition);
      const at = progress?.get(key) ?? (await buildProgress(engine, { key, end }));
      const [stateLag, seriesLag] = [end - at.stateTo, end - at.seriesTo].map((lag) => Math.max(0, lag));
      partitions.push({ partition, start, end, stateLag: stateLag ?? 0, seriesLag: seriesLag ?? 0 });
    }
    const quarantined = await countQuarantined(engine.log, source);
    sources.push({ name: source.name, domain: source.domain, partitions, quarantined });
  }
  const domains = platform.domains.map(({ name, owner }) => ({ name, owner }));
  return { health: engine.health(), generation, domains, sources };
}

/** While nothing serves: how far what is built has come. */
async function buildProgress(
  engine: Pick<Engine, "waitFor">,
  at: { readonly key: string; readonly end: number },
): Promise<PartitionProgress> {
  return { stateTo: await reached(engine, at, "state"), seriesTo: await reached(engine, at, "all") };
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
