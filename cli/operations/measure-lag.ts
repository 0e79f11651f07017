/** How far the stores are behind the log, in events and in seconds: asked of the ports alone, so it holds on every profile. */
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";

export interface LagDeps {
  readonly platform: Pick<PlatformModel, "sources">;
  readonly log: Pick<EventLog, "ranges" | "read">;
  readonly state: Pick<StateStore, "fences">;
  /** Prepared for the generation. */
  readonly series: Pick<SeriesStore, "fences">;
  readonly clock: () => number;
}

export interface StoreLag {
  /** First offset that the store does not include. */
  readonly reached: number;
  /** Offsets that it does not include yet. */
  readonly events: number;
  /** Age of the oldest record that it does not include; 0: it includes all; null: that record cannot be read. */
  readonly seconds: number | null;
}

export interface PartitionLag {
  readonly source: string;
  readonly partition: number;
  /** The log holds [start, end). */
  readonly start: number;
  readonly end: number;
  readonly state: StoreLag;
  readonly series: StoreLag;
}

/** Stores are asked before the log, so that no store seems to be ahead of it. */
export async function measureLag(deps: LagDeps, generation: number): Promise<readonly PartitionLag[]> {
  const { platform, log, state } = deps;
  const seriesFences = await deps.series.fences(generation);
  const lags: PartitionLag[] = [];
  for (const { name: source, topic } of platform.sources) {
    const stateTo: number[] = [];
    for (const { partition } of await log.ranges(topic)) {
      stateTo[partition] = Math.min(...(await state.fences(generation, topic, partition)));
    }
    for (const { partition, start, end } of await log.ranges(topic)) {
      const at = { topic, partition, start, end };
      const seriesTo = seriesFences[partitionKey(topic, partition)] ?? 0;
      lags.push({
        ...{ source, partition, start, end },
        state: await storeLag(deps, at, stateTo[partition] ?? 0),
        series: await storeLag(deps, at, seriesTo),
      });
    }
  }
  return lags;
}

interface Held {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

async function storeLag(deps: LagDeps, held: Held, reached: number): Promise<StoreLag> {
  const events = Math.max(0, held.end - reached);
  if (events === 0) return { reached, events, seconds: 0 };
  const since = await timeOf(deps.log, held, Math.max(reached, held.start));
  return { reached, events, seconds: since === null ? null : Math.max(0, (deps.clock() - since) / 1000) };
}

/** Append time of the first record from an offset on; null where it is torn, or was trimmed meanwhile. */
async function timeOf(log: LagDeps["log"], { topic, partition }: Held, from: number): Promise<number | null> {
  try {
    const { records } = await log.read(topic, partition, from, { maxRecords: 1, maxBytes: 1 });
    for (const { time } of records) return time;
    return null;
  } catch (fault) {
    if (fault instanceof OnefoldError && (fault.code === "LOG_CORRUPT" || fault.code === "LOG_GAP")) return null;
    throw fault;
  }
}
