/** Resources that were opened one after the other and are released in the opposite order (Node 20 has no AsyncDisposableStack). */

export class OpenedResources implements AsyncDisposable {
  #opened: AsyncDisposable[] = [];

  /** Takes charge of a resource, and gives it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#opened.push(resource);
    return resource;
  }

  /** Hands everything over to a new owner: disposing this one then does nothing. */
  move(): OpenedResources {
    const next = new OpenedResources();
    next.#opened = this.#opened;
    this.#opened = [];
    return next;
  }

  /** Releases all, also after one has failed; throws the first fault. */
  async [Symbol.asyncDispose](): Promise<void> {
    const faults: unknown[] = [];
    for (const resource of this.#opened.splice(0).reverse()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
