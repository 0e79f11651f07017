/**
 * What runs of one operation that are under way at once compute from the very same answers of subgraphs, which they have where
 * reads are shared: it is computed once. Nothing is kept once no run is under way.
 */

interface Known {
  readonly inputs: readonly unknown[];
  readonly value: unknown;
}

export class SharedWork {
  #running = 0;
  /** By who computed it, the last of each. */
  readonly #known = new Map<object, Known>();

  /** A run has begun. */
  enter(): void {
    this.#running += 1;
  }

  /** A run has ended, once for each that began. */
  leave(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#known.clear();
  }

  /** What `who` computed last, if it was out of the same objects. */
  recall(who: object, inputs: readonly unknown[]): unknown {
    const known = this.#known.get(who);
    if (known?.inputs.length !== inputs.length) return undefined;
    for (let at = 0; at < inputs.length; at++) if (known.inputs[at] !== inputs[at]) return undefined;
    return known.value;
  }

  /** @param inputs all that the value depends on; they may be others after the call */
  keep(who: object, inputs: readonly unknown[], value: unknown): void {
    // With no other run there is nobody to share it with.
    if (this.#running > 1) this.#known.set(who, { inputs: inputs.slice(), value });
  }
}
