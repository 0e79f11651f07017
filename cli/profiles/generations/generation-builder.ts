/** Builds generations of models beside the one that serves, and switches to them. */
import { setTimeout as sleep } from "node:timers/promises";
import { partitionKey } from "../../../schema/cursor.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { StateStore } from "../../../stores/ports/state-store.ts";
import { forgetGeneration, planRebuild, serveBuild } from "./generation-plan.ts";
import type { ProgressBook } from "../progress-book.ts";

/** What the builder asks of whoever runs ingest. */
export interface BuildingIngest {
  /** Feeds this generation, too, beside the one that serves. */
  startRebuild(generation: number): void;
  cancelRebuild(): void;
  /** Feeds only this generation from now on; resolves once it includes what the old one did. */
  switchTo(generation: number): Promise<void>;
  /** Tells of a fault in the background. */
  report(fault: unknown): void;
}

export interface GenerationBuilderDeps {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly book: ProgressBook;
  readonly ingest: BuildingIngest;
  /** Ends when no request that began before can still read the old generation. @default 30 s */
  readonly delayDrop?: () => Promise<void>;
}

export interface GenerationBuilder {
  /** What ingest feeds. */
  readonly generation: number;
  /** The generation that answers. @throws STORE_REBUILDING while there is none that fits the declarations */
  serving(): number;
  reasons(): readonly string[];
  /** Where the declarations changed: lets the target serve as soon as it includes the whole log. */
  finishFirstBuild(): void;
  rebuild(signal: AbortSignal): AsyncIterable<{ readonly done: number; readonly total: number }>;
}

/** `start.target` differs from `start.serving` where the declarations have changed: it must be built first. */
export function createGenerationBuilder(
  deps: GenerationBuilderDeps,
  start: { readonly target: number; readonly serving: number },
): GenerationBuilder {
  let generation = start.target;
  let building = start.target !== start.serving;
  let rebuilding = false;

  /** One by name: another one may be under construction. */
  const drop = async (id: number): Promise<void> => {
    await forgetGeneration(deps.state, id);
    await deps.series.drop(id);
  };
  const report = (fault: unknown): void => deps.ingest.report(fault);
  const delayDrop = deps.delayDrop ?? ((): Promise<void> => sleep(DROP_DELAY_MS, undefined, { ref: false }));

  return {
    get generation() {
      return generation;
    },
    serving() {
      if (building) throw new OnefoldError("STORE_REBUILDING", REBUILDING);
      return generation;
    },
    reasons: () => (building ? [REBUILDING] : []),
    finishFirstBuild() {
      if (!building) return;
      const run = async (): Promise<void> => {
        for await (const { done, total } of watchBuild(deps, start.target, new AbortController().signal)) {
          if (done >= total) break;
        }
        await serveBuild(deps.state, start.target);
        // Nobody reads the old one: while building, nothing is answered.
        await drop(start.serving);
        building = false;
      };
      void run().catch(report);
    },
    async *rebuild(signal) {
      if (building || rebuilding) throw new OnefoldError("INPUT_INVALID", "Models are being rebuilt already.");
      rebuilding = true;
      try {
        const target = await planRebuild(deps.state);
        deps.ingest.startRebuild(target);
        let caughtUp = false;
        try {
          for await (const step of watchBuild(deps, target, signal)) {
            yield step;
            if ((caughtUp = step.done >= step.total)) break;
          }
          if (!caughtUp) signal.throwIfAborted();
        } finally {
          if (!caughtUp) {
            deps.ingest.cancelRebuild();
            await drop(target);
          }
        }
        await deps.series.prepare(target, seriesLayout(deps.platform));
        await deps.ingest.switchTo(target);
        const old = generation;
        generation = target;
        await serveBuild(deps.state, target);
        // Requests in flight still read the old generation. What ends before it is dropped leaves it to the next start.
        void delayDrop()
          .then(() => drop(old))
          .catch(report);
      } finally {
        rebuilding = false;
      }
    },
  };
}

const REBUILDING = "The declarations have changed: models are being rebuilt from history and log.";
/** Longer than any request takes. */
const DROP_DELAY_MS = 30_000;

/** While events keep coming, a build has caught up when a lap to the log's end is as short as this. */
const SHORT_LAP_MS = 3_000;

/**
 * Yields how much of the log a generation includes, in both stores, until all of it or an abort. It runs in laps to where
 * the log ended when the lap began, so that it ends also under live traffic: then a lap's worth of events is missing, as
 * it is in a generation that serves.
 */
async function* watchBuild(
  deps: GenerationBuilderDeps,
  generation: number,
  signal: AbortSignal,
): AsyncIterable<{ readonly done: number; readonly total: number }> {
  for (let lapMs = Infinity; lapMs > SHORT_LAP_MS && !signal.aborted;) {
    const started = performance.now();
    const ends: [string, number][] = [];
    for (const { topic } of deps.platform.sources) {
      for (const { partition, end } of await deps.log.ranges(topic)) ends.push([partitionKey(topic, partition), end]);
    }
    const total = ends.reduce((sum, [, end]) => sum + end, 0);
    const doneNow = (): number =>
      ends.reduce((sum, [key, end]) => {
        const reached = deps.book.reached(generation, key);
        return sum + Math.min(end, reached?.stateTo ?? 0, reached?.seriesTo ?? 0);
      }, 0);
    let done = doneNow();
    for (; done < total && !signal.aborted; done = doneNow()) {
      // A step of which all is done is the last one: a lap that is not the last ends without it.
      yield { done, total };
      const before = done;
      await deps.book.until(() => doneNow() > before, 1_000, signal);
    }
    lapMs = performance.now() - started;
    if (lapMs <= SHORT_LAP_MS && !signal.aborted) yield { done: total, total };
  }
}
