/** How a reader waits for more without asking again and again: it notes the count, looks, and waits for the next ring. */
import { setMaxListeners } from "node:events";

export interface DoorbellWait {
  /** @default no limit */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * No ring is lost: read {@link count}, look whether there is something, and only then {@link wait} with that count. A
 * ring in between makes the wait return at once. Holds one entry a waiting reader.
 */
export class Doorbell {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  /** How often it has rung. */
  get count(): number {
    return this.#count;
  }

  ring(): void {
    this.#count++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the first ring after `seen` was read, when `waitMs` is over, or when `signal` aborts. */
  async wait(seen: number, options: DoorbellWait = {}): Promise<void> {
    const { waitMs, signal } = options;
    if (this.#count !== seen || signal?.aborted === true) return;
    // One signal stops many waiting readers: that is no leak to warn of.
    if (signal !== undefined) setMaxListeners(0, signal);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        clearTimeout(timer);
        resolve();
      };
      const timer = waitMs === undefined ? undefined : setTimeout(wake, waitMs);
      signal?.addEventListener("abort", wake);
      this.#waiting.add(wake);
    });
  }
}
