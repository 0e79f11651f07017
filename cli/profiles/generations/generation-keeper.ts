/** Sees to it that a generation of the declarations serves: builds what is missing or lost, switches, and clears away. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CursorVector } from "../../../schema/cursor.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { GenerationRecord, StateStore } from "../../../stores/ports/state-store.ts";
import { logEnds } from "../../operations/log-ends.ts";
import { abandoned, ensureGeneration, forgetGeneration, serveNext } from "./generation-plan.ts";
import { isAtLeast, reaches, readProgress } from "./generation-progress.ts";
import type { GenerationWatch } from "./generation-watch.ts";

export interface KeeperDeps {
  readonly platform: PlatformModel;
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly watch: GenerationWatch;
  /** Whether the state store has all that it was given. */
  readonly isWhole: () => Promise<boolean>;
  readonly onSwitch: (generation: number) => void;
}

export interface KeeperOptions {
  /** @default 1,000 ms */
  readonly intervalMs?: number;
  /** Longer than any request takes: so long an abandoned generation may still be read. @default 30,000 ms */
  readonly dropDelayMs?: number;
}

export interface GenerationKeeper extends AsyncDisposable {
  /** Why it could not do its work of late; null: it could. */
  readonly fault: string | null;
}

/** Any number of processes may keep one record: each step is compared and set. Resolves once there is a record. */
export async function startGenerationKeeper(deps: KeeperDeps, options: KeeperOptions = {}): Promise<GenerationKeeper> {
  const { intervalMs = 1_000, dropDelayMs = 30_000 } = options;
  const closing = new AbortController();
  const since = new Map<number, number>();
  let fault: string | null = null;
  let earlier: CursorVector | null = null;

  await ensure(deps);

  const step = async (): Promise<void> => {
    let record = await deps.watch.refresh();
    if (record === null || !(await deps.isWhole())) record = await ensure(deps);
    earlier = await switchIfBuilt(deps, record, earlier);
    for (const id of abandoned(record)) {
      const first = since.get(id) ?? performance.now();
      since.set(id, first);
      if (performance.now() - first < dropDelayMs) continue;
      await forgetGeneration(deps.state, id);
      await deps.series.drop(id);
      since.delete(id);
    }
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await step();
        fault = null;
      } catch (error) {
        fault = error instanceof Error ? error.message : String(error);
      }
      await sleep(intervalMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    get fault() {
      return fault;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await running;
    },
  };
}

async function ensure(deps: KeeperDeps): Promise<GenerationRecord> {
  const { isWhole, series } = deps;
  const record = await ensureGeneration(deps.state, deps.platform, { isWhole, stored: () => series.generations() });
  await deps.watch.refresh();
  return record;
}

/**
 * Under live traffic the end of the log moves on: a generation has caught up when it includes where the log ended one
 * look ago, and no less than the one that serves. Gives where the log ends now; null where nothing is built.
 */
async function switchIfBuilt(
  deps: KeeperDeps,
  { serving, next, fingerprints }: GenerationRecord,
  earlier: CursorVector | null,
): Promise<CursorVector | null> {
  if (next === undefined || fingerprints[String(next)] !== deps.platform.fingerprint) return null;
  const ends = await logEnds(
    deps.log,
    deps.platform.sources.map(({ topic }) => topic),
  );
  if (earlier === null) return ends;
  // What was lost serves no more, so there is nothing to stay behind.
  const served = fingerprints[String(serving)] === "" ? new Map() : await readProgress(deps, serving);
  const built = await readProgress(deps, next);
  if (!reaches(built, earlier) || !isAtLeast(built, served)) return ends;
  await serveNext(deps.state, next);
  await deps.watch.refresh();
  deps.onSwitch(next);
  return null;
}
