/** A running hash of content that can be brought to any byte that was fed: what checkpoints are made of. */
import { createHash, type Hash } from "node:crypto";
import { digestOf, type ContentPrefix } from "./file-lineage.ts";

export class PrefixHash {
  readonly #hash: Hash;
  #bytes: number;
  /** Fed, but beyond the byte that was last asked for. */
  #ahead: Buffer[] = [];
  #fed: number;

  /** Goes on after `bytes` bytes that `hash` has seen. */
  constructor(bytes: number, hash: Hash | undefined) {
    this.#hash = hash?.copy() ?? createHash("sha256");
    this.#bytes = bytes;
    this.#fed = bytes;
  }

  /** Takes the content's next bytes; what lies before the starting byte is left out. */
  feed(chunk: Buffer, offset: number): void {
    const known = Math.min(chunk.length, Math.max(0, this.#fed - offset));
    if (known === chunk.length) return;
    this.#ahead.push(chunk.subarray(known));
    this.#fed += chunk.length - known;
  }

  /** The prefix that ends at `bytes`, or at what was fed if that is less. Never goes back. */
  prefix(bytes: number): ContentPrefix {
    while (this.#bytes < bytes) {
      const next = this.#ahead.shift();
      if (next === undefined) break;
      const length = Math.min(next.length, bytes - this.#bytes);
      this.#hash.update(next.subarray(0, length));
      this.#bytes += length;
      if (length < next.length) this.#ahead.unshift(next.subarray(length));
    }
    return { bytes: this.#bytes, digest: digestOf(this.#hash) };
  }
}
