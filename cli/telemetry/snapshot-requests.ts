/** Asks another thread for its metrics, over messages of that thread's own. */
import type { MetricsSnapshot } from "./gather-metrics.ts";

export interface SnapshotRequests {
  /** Null where no answer came in time: the thread is busy, or has ended. */
  ask(): Promise<MetricsSnapshot | null>;
  /** Takes an answer; one that comes too late is dropped. */
  take(id: number, snapshot: MetricsSnapshot | null): void;
}

/** Less than a scraper waits. */
const TIMEOUT_MS = 2_000;

export function createSnapshotRequests(send: (id: number) => void, timeoutMs = TIMEOUT_MS): SnapshotRequests {
  const waiting = new Map<number, (snapshot: MetricsSnapshot | null) => void>();
  let nextId = 1;
  return {
    ask: () =>
      new Promise((resolve) => {
        const id = nextId++;
        const finish = (snapshot: MetricsSnapshot | null): void => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(snapshot);
        };
        const timer = setTimeout(() => finish(null), timeoutMs);
        waiting.set(id, finish);
        send(id);
      }),
    take: (id, snapshot) => waiting.get(id)?.(snapshot),
  };
}
