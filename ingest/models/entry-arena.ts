/** Recent entries in the making, as the store's bytes, one behind the other: an event that waits for its batch is no object. */
import type { StandardEvent } from "../../schema/model/event.ts";
import { maxEntryBytes, writeRecentEntry } from "../../stores/ports/model-values.ts";

const FIRST_CAPACITY = 512;
const ENTRY_BYTES = 128;

/** Entries are known by their numbers, in the order that they came in. It belongs to one batch and lives as long. */
export class EntryArena {
  #bytes = Buffer.alloc(0);
  /** Of each entry, and of the end. */
  #starts = new Uint32Array(0);
  /** Event times, by which most entries are told apart without a look at their bytes. */
  #times = new Float64Array(0);
  #count = 0;

  /** Answers the entry's number. */
  add(event: StandardEvent): number {
    if (this.#count === this.#times.length) this.#grow();
    const number = this.#count++;
    const start = this.#starts[number] ?? 0;
    this.#reserve(start + maxEntryBytes(event));
    this.#times[number] = event.time;
    this.#starts[number + 1] = start + writeRecentEntry(this.#bytes, start, event);
    return number;
  }

  /**
   * The newest `keep` of some entries, newest first, each once: one that came twice, too far apart to be known as a
   * duplicate, is one entry all the same. They are views: copy what outlives the batch.
   */
  newest(numbers: readonly number[], keep: number): readonly Uint8Array[] {
    const distinct = this.#isAscending(numbers) ? numbers : this.#sortedDistinct(numbers);
    const entries: Uint8Array[] = [];
    for (let at = distinct.length - 1; at >= 0 && entries.length < keep; at--) {
      const number = distinct[at] ?? 0;
      entries.push(this.#bytes.subarray(this.#starts[number], this.#starts[number + 1]));
    }
    return entries;
  }

  /** Each above the one before, as events mostly come: then none is there twice. */
  #isAscending(numbers: readonly number[]): boolean {
    for (let at = 1; at < numbers.length; at++) {
      if (this.#compare(numbers[at - 1] ?? 0, numbers[at] ?? 0) >= 0) return false;
    }
    return true;
  }

  #sortedDistinct(numbers: readonly number[]): readonly number[] {
    const sorted = [...numbers].sort((a, b) => this.#compare(a, b));
    return sorted.filter((number, at) => at === 0 || this.#compare(number, sorted[at - 1] ?? 0) !== 0);
  }

  /** By the order keys that they begin with. What follows is the same where those are. */
  #compare(a: number, b: number): number {
    const byTime = (this.#times[a] ?? 0) - (this.#times[b] ?? 0);
    if (byTime !== 0) return byTime;
    const bytes = this.#bytes;
    const atA = this.#starts[a] ?? 0;
    const atB = this.#starts[b] ?? 0;
    // The hash behind the time, without a native call.
    for (let at = 8; at < 16; at += 4) {
      const byHash = bytes.readUInt32BE(atA + at) - bytes.readUInt32BE(atB + at);
      if (byHash !== 0) return byHash;
    }
    return bytes.compare(bytes, atB, this.#starts[b + 1], atA, this.#starts[a + 1]);
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, 2 * this.#times.length);
    const starts = new Uint32Array(capacity + 1);
    starts.set(this.#starts);
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#starts = starts;
    this.#times = times;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY * ENTRY_BYTES, 2 * length));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}
