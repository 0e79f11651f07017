/** A bounded map that forgets what was used least recently. */

/** Keys hold client text, so their total length is bounded too, in UTF-16 units. */
const maxKeyLength = 16_000_000;

export class LruCache<V> {
  readonly #entries = new Map<string, V>();
  readonly #maxEntries: number;
  #keyLength = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** From the least to the most recently used. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  set(key: string, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#keyLength += key.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#keyLength <= maxKeyLength) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keyLength -= key.length;
  }
}
