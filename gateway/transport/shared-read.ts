/** An operation that is on its way, and those who wait for it: each with a time limit and a signal of its own. */
import { DeadlineError } from "../execution/deadline.ts";
import type { SubgraphResult } from "../subgraph-transport.ts";
import type { FetchRecord } from "../watch/fetch-record.ts";
import type { PendingOperation } from "./pending-operation.ts";
import { cancelled } from "./transport-failure.ts";

export interface Asker {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export class SharedRead {
  readonly #operation: PendingOperation;
  readonly #onClosed: () => void;
  #askers = 0;

  /** @param onClosed called once nobody else may join: it has ended, is late, or is cancelled */
  constructor(operation: PendingOperation, onClosed = (): void => {}) {
    this.#operation = operation;
    this.#onClosed = onClosed;
    void operation.result.then(onClosed);
  }

  /**
   * Notes in `fetch` what was sent. Rejects when the time is up (DeadlineError) or the signal aborts (TransportFailure); the last one to go cancels the
   * operation.
   */
  join({ timeoutMs, signal }: Asker, fetch?: FetchRecord): Promise<SubgraphResult> {
    this.#askers += 1;
    if (fetch !== undefined) fetch.sent = this.#operation;
    return new Promise((resolve, reject) => {
      const leave = (reason: Error): void => {
        release();
        reject(reason);
        this.#leave();
      };
      const onAbort = (): void => leave(cancelled());
      const timer = setTimeout(() => {
        // Told before it is cancelled, which to the circuit would say nothing.
        this.#operation.onLate();
        this.#onClosed();
        leave(new DeadlineError(`No answer within ${timeoutMs} ms.`));
      }, timeoutMs);
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      void this.#operation.result.then((result) => {
        release();
        resolve(result);
      });
    });
  }

  #leave(): void {
    this.#askers -= 1;
    if (this.#askers > 0) return;
    this.#onClosed();
    this.#operation.cancel();
  }
}
