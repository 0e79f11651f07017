/** Keeps what ingest has told: how far each store is, and who waits for that. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import type { IngestProgress } from "../../ingest/worker/progress.ts";
import type { WaitFor } from "./engine.ts";

export interface PartitionProgress {
  readonly stateTo: number;
  readonly seriesTo: number;
}

export class ProgressBook {
  readonly #reached = new Map<string, PartitionProgress>();
  readonly #listeners = new Set<() => void>();

  record(progress: IngestProgress): void {
    const key = bookKey(progress.generation, partitionKey(progress.topic, progress.partition));
    this.#reached.set(key, { stateTo: progress.stateTo, seriesTo: progress.seriesTo });
    for (const listener of this.#listeners) listener();
  }

  /**
   * Notes what the stores themselves, or their feed, said of one partition. Such an answer may be older than what is known
   * by the time it comes, so it takes nothing back.
   */
  note(generation: number, partition: string, said: Partial<PartitionProgress>): void {
    const key = bookKey(generation, partition);
    const { stateTo = 0, seriesTo = 0 } = this.#reached.get(key) ?? {};
    const next = {
      stateTo: Math.max(stateTo, said.stateTo ?? 0),
      seriesTo: Math.max(seriesTo, said.seriesTo ?? 0),
    };
    if (next.stateTo === stateTo && next.seriesTo === seriesTo) return;
    this.#reached.set(key, next);
    for (const listener of this.#listeners) listener();
  }

  /** What is known of one partition; null before the first report. */
  reached(generation: number, partition: string): PartitionProgress | null {
    return this.#reached.get(bookKey(generation, partition)) ?? null;
  }

  /** Whether the stores include the cursor. */
  includes(generation: number, cursor: CursorVector, stores: WaitFor): boolean {
    return Object.entries(cursor).every(([partition, offset]) => {
      const reached = this.reached(generation, partition);
      if (reached === null) return offset === 0;
      return reached.stateTo >= offset && (stores === "state" || reached.seriesTo >= offset);
    });
  }

  /** Called after each step until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves true once `holds`, which is asked again after each report; false after `timeoutMs` or an abort. */
  async until(holds: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (holds()) return true;
    if (signal?.aborted === true) return false;
    return await new Promise((resolve) => {
      const finish = (result: boolean): void => {
        clearTimeout(timer);
        stop();
        signal?.removeEventListener("abort", onAbort);
        resolve(result);
      };
      const onAbort = (): void => finish(false);
      const timer = setTimeout(() => finish(false), timeoutMs);
      const stop = this.listen(() => {
        if (holds()) finish(true);
      });
      signal?.addEventListener("abort", onAbort);
    });
  }
}

function bookKey(generation: number, partition: string): string {
  return `${String(generation)} ${partition}`;
}
