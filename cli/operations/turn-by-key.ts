/** Lets work of one key run one at a time, in order of asking. */

export class TurnByKey {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for its turn, which an abort gives up. The queue is as long as there are callers who wait. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    let finish = (): void => {};
    const done = new Promise<void>((resolve) => (finish = resolve));
    const mine = (before ?? Promise.resolve()).then(() => done);
    this.#last.set(key, mine);
    void mine.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    try {
      await Promise.race([before, aborted(signal)]);
      signal.throwIfAborted();
      return await work();
    } finally {
      finish();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
