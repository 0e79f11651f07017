/** Deadlines: a piece of work is given a signal and a time limit, and is not waited for beyond either. */

/** Why waiting ended without an answer. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or when `parent` aborts, and rejects with a DeadlineError at that
 * moment even if the work ignores the signal.
 */
export function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  parent: AbortSignal | undefined,
): Promise<T> {
  if (parent?.aborted === true) return Promise.reject(new DeadlineError("The request was cancelled."));
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const end = (reason: string) => {
      release();
      const error = new DeadlineError(reason);
      reject(error);
      controller.abort(error);
    };
    const onAbort = () => end("The request was cancelled.");
    const timer = setTimeout(() => end(`No answer within ${timeoutMs} ms.`), timeoutMs);
    const release = () => {
      clearTimeout(timer);
      parent?.removeEventListener("abort", onAbort);
    };
    parent?.addEventListener("abort", onAbort, { once: true });
    // In a chain of its own, so that work which throws at once is released as well.
    Promise.resolve(controller.signal).then(work).then(resolve, reject).finally(release);
  });
}
