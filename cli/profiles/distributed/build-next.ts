/** A replay of a distributed instance: notes the next generation, which its ingest processes build and switch to, and watches them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { StateStore } from "../../../stores/ports/state-store.ts";
import { logEnds } from "../../operations/log-ends.ts";
import { cancelNext, planNext } from "../generations/generation-plan.ts";
import { countReached, readProgress, type ProgressDeps } from "../generations/generation-progress.ts";
import type { GenerationWatch } from "../generations/generation-watch.ts";

export interface BuildDeps extends ProgressDeps {
  readonly state: StateStore;
  readonly watch: GenerationWatch;
  /** The generation that this process answers from. */
  readonly serving: () => number | null;
}

const LOOK_MS = 500;

/** Yields how much is built until the new generation serves. An abort before that gives it up. */
export async function* buildNext(
  deps: BuildDeps,
  signal: AbortSignal,
  options: { readonly kept?: number; readonly keep: boolean } = { keep: false },
): AsyncIterable<{ readonly done: number; readonly total: number }> {
  const { state, watch, platform } = deps;
  const target = await planNext(state, platform, options);
  let built = false;
  try {
    while (!built) {
      const cursor = await logEnds(
        deps.log,
        platform.sources.map(({ topic }) => topic),
      );
      const total = Object.values(cursor).reduce((sum, end) => sum + end, 0);
      const record = await watch.refresh();
      built = record?.serving === target && deps.serving() === target;
      yield { done: built ? total : countReached(await readProgress(deps, target), cursor), total };
      if (!built) await sleep(LOOK_MS, undefined, { signal });
    }
  } finally {
    if (!built) await cancelNext(state, target, options.kept !== undefined);
  }
}
