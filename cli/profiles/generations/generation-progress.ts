/** How much of the log a generation includes, as the stores say. */
import { partitionKey, type CursorVector } from "../../../schema/cursor.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { StateStore } from "../../../stores/ports/state-store.ts";
import type { PartitionProgress } from "../progress-book.ts";

export interface ProgressDeps {
  readonly platform: PlatformModel;
  readonly log: Pick<EventLog, "ranges">;
  readonly state: Pick<StateStore, "fences">;
  readonly series: Pick<SeriesStore, "fences" | "prepare">;
}

export type GenerationProgress = ReadonlyMap<string, PartitionProgress>;

/** By partition. A generation without tables includes nothing in the series store. */
export async function readProgress(deps: ProgressDeps, generation: number): Promise<GenerationProgress> {
  await deps.series.prepare(generation, []);
  const series = await deps.series.fences(generation);
  const progress = new Map<string, PartitionProgress>();
  for (const { topic } of deps.platform.sources) {
    for (const { partition } of await deps.log.ranges(topic)) {
      const key = partitionKey(topic, partition);
      const fences = await deps.state.fences(generation, topic, partition);
      progress.set(key, { stateTo: Math.min(...fences), seriesTo: series[key] ?? 0 });
    }
  }
  return progress;
}

/** Whether both stores include the cursor. */
export function reaches(progress: GenerationProgress, cursor: CursorVector): boolean {
  return Object.entries(cursor).every(([key, offset]) => includedOf(progress, key) >= offset);
}

/** Whether every store of one generation includes at least what the same store of the other one does. */
export function isAtLeast(progress: GenerationProgress, other: GenerationProgress): boolean {
  return [...other].every(([key, { stateTo, seriesTo }]) => {
    const mine = progress.get(key);
    return mine !== undefined && mine.stateTo >= stateTo && mine.seriesTo >= seriesTo;
  });
}

/** How many offsets below the cursor both stores include. */
export function countReached(progress: GenerationProgress, cursor: CursorVector): number {
  return Object.entries(cursor).reduce((sum, [key, end]) => sum + Math.min(end, includedOf(progress, key)), 0);
}

function includedOf(progress: GenerationProgress, key: string): number {
  const reached = progress.get(key);
  return reached === undefined ? 0 : Math.min(reached.stateTo, reached.seriesTo);
}
