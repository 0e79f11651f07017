/** Turns work that reports progress by calls into a stream of updates, of which a slow reader sees only the newest. */
import type { OperationUpdate } from "./operation.ts";

export type ProgressUpdate = Extract<OperationUpdate, { kind: "progress" }>;
export type ReportProgress = (progress: Omit<ProgressUpdate, "kind">) => void;

/** @default 100 ms between two updates */
const EVERY_MS = 100;

/**
 * Yields progress, at most one update every 100 ms, then the result; throws what the work throws. A reader that leaves
 * early aborts the work, and waits until it has ended.
 */
export async function* conflatedUpdates(
  signal: AbortSignal,
  work: (report: ReportProgress, signal: AbortSignal) => Promise<unknown>,
): AsyncGenerator<OperationUpdate> {
  const left = new AbortController();
  const newest: ProgressUpdate[] = [];
  let wake = (): void => {};
  let over = false;
  const report: ReportProgress = (progress) => {
    newest[0] = { kind: "progress", ...progress };
    wake();
  };
  const running = work(report, AbortSignal.any([signal, left.signal])).finally(() => {
    over = true;
    wake();
  });
  running.catch(() => undefined);
  let last = -Infinity;
  const isOver = (): boolean => over;
  try {
    while (!isOver()) {
      const restMs = last + EVERY_MS - performance.now();
      const update = restMs <= 0 ? newest.pop() : undefined;
      if (update !== undefined) {
        last = performance.now();
        yield update;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = newest.length === 0 ? undefined : setTimeout(resolve, restMs);
        wake = () => {
          if (!over && timer !== undefined) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const result = await running;
    const final = newest.pop();
    if (final !== undefined) yield final;
    yield { kind: "result", result };
  } finally {
    left.abort();
    await running.catch(() => undefined);
  }
}
