/** The one way in which the worker lets time pass, so that a simulation can let it pass its own way. */

/** Resolves after `ms`, or as soon as `signal` aborts. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pauseOnTimer: Pause = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
