/** Splits 64-bit hashes into their halves without making further integers of them, which would cost a collection each. */

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const LOW = isLittleEndian ? 0 : 1;

export class HashHalves {
  readonly #whole = new BigUint64Array(1);
  readonly #halves = new Uint32Array(this.#whole.buffer);

  /** Unsigned, of the hash that was split last. */
  get high(): number {
    return this.#halves[1 - LOW] ?? 0;
  }

  get low(): number {
    return this.#halves[LOW] ?? 0;
  }

  split(hash: bigint): this {
    this.#whole[0] = hash;
    return this;
  }
}
