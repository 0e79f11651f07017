/** The graph that serves now: doors ask it for the current generation with each request, so a reload swaps it under them. */
import type { Generation } from "./generation.ts";

export class ServingGraph {
  #current: Generation;
  readonly #listeners = new Set<(next: Generation) => void>();

  constructor(first: Generation) {
    this.#current = first;
  }

  get current(): Generation {
    return this.#current;
  }

  /** Requests that come from now on go to `next`; those under way end where they began. Where a listener throws, nothing has changed. */
  swap(next: Generation): void {
    const before = this.#current;
    try {
      this.#tell(next);
    } catch (error) {
      this.#tell(before);
      throw error;
    }
  }

  /** Called after each swap until the returned function is called. */
  onSwap(listener: (next: Generation) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(generation: Generation): void {
    this.#current = generation;
    for (const listener of this.#listeners) listener(generation);
  }
}
