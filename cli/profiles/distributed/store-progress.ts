/** Follows how far the stores of a distributed instance are, in a process that may have no ingest of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CursorVector } from "../../../schema/cursor.ts";
import type { ChangeFeed } from "../../../stores/ports/change-feed.ts";
import type { SeriesStore } from "../../../stores/ports/series-store.ts";
import type { WaitFor } from "../engine.ts";
import type { GenerationProgress } from "../generations/generation-progress.ts";
import type { ProgressBook } from "../progress-book.ts";

export interface StoreProgressDeps {
  readonly changes: Pick<ChangeFeed, "progress">;
  readonly series: Pick<SeriesStore, "fences">;
  readonly book: ProgressBook;
  /** The generation that serves and is fed; null: none yet. */
  readonly generation: () => number | null;
  /** What the stores say of a generation. */
  readonly progressOf: (generation: number) => Promise<GenerationProgress>;
}

export interface StoreProgress extends AsyncDisposable {
  /** As `Engine.waitFor`. */
  waitFor(cursor: CursorVector, stores: WaitFor, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
}

const SERIES_LOOK_MS = 100;
const RETRY_MS = 500;

/**
 * State is told by the change feed, which is written after each batch was applied. The series store is asked, one
 * question at a time, and only while someone waits for it.
 */
export function followStores(deps: StoreProgressDeps): StoreProgress {
  const { book, changes, series, generation } = deps;
  const closing = new AbortController();
  const { signal: closed } = closing;
  let known: number | null = null;
  let waiting = 0;
  let looking: Promise<void> | null = null;

  const follow = async (): Promise<void> => {
    while (!closed.aborted) {
      try {
        for await (const ends of changes.progress(closed)) {
          const serving = generation();
          if (serving === null) continue;
          for (const [partition, stateTo] of Object.entries(ends)) book.note(serving, partition, { stateTo });
        }
      } catch {
        // The feed is away: it is asked again, and until then waits run into their time limit.
      }
      await sleep(RETRY_MS, undefined, { signal: closed }).catch(() => undefined);
    }
  };
  const look = async (): Promise<void> => {
    while (waiting > 0 && !closed.aborted) {
      const serving = generation();
      const fences = serving === null ? {} : await series.fences(serving).catch(() => ({}));
      if (serving !== null) {
        for (const [partition, seriesTo] of Object.entries(fences)) book.note(serving, partition, { seriesTo });
      }
      await sleep(SERIES_LOOK_MS, undefined, { signal: closed }).catch(() => undefined);
    }
    looking = null;
  };
  /** What another generation told says nothing of the one that serves now: the stores are asked once. */
  const learn = async (): Promise<void> => {
    const serving = generation();
    if (serving === null || serving === known) return;
    known = serving;
    try {
      for (const [partition, reached] of await deps.progressOf(serving)) book.note(serving, partition, reached);
    } catch {
      known = null;
    }
  };
  const following = follow();

  return {
    async waitFor(cursor, stores, timeoutMs, signal) {
      const includes = (): boolean => {
        const serving = generation();
        return serving !== null && book.includes(serving, cursor, stores);
      };
      // Not awaited: the stores may take longer to answer than this may wait.
      void learn();
      if (stores === "state") return book.until(includes, timeoutMs, signal);
      waiting++;
      looking ??= look();
      try {
        return await book.until(includes, timeoutMs, signal);
      } finally {
        waiting--;
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([following, looking]);
    },
  };
}
