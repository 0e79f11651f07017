/** The reads that are on their way to one subgraph: one that is identical joins, unless a write has come in between. */
import type { PendingOperation } from "./pending-operation.ts";
import { SharedRead } from "./shared-read.ts";

export class SharedReads {
  /** By what makes them identical. */
  readonly #reads = new Map<string, SharedRead>();

  /** The read of this identity that others may still join; undefined if there is none. */
  find(identity: string): SharedRead | undefined {
    return this.#reads.get(identity);
  }

  /** Later reads of this identity join this one, and no longer one that began before it. */
  add(identity: string, operation: PendingOperation): SharedRead {
    const read: SharedRead = new SharedRead(operation, () => {
      if (this.#reads.get(identity) === read) this.#reads.delete(identity);
    });
    this.#reads.set(identity, read);
    return read;
  }

  /** Something was written: whoever asks from now on must see it, so nobody joins what began before. */
  forget(): void {
    this.#reads.clear();
  }
}
