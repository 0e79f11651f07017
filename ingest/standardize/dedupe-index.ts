/** Dedupe: id → offset of its first accepted occurrence, over a window of offsets; in memory, kept by log range in the state store. */
import { HashHalves } from "./hash-halves.ts";
import type { TextHash } from "./standardize.ts";

/** @default 2,000,000 offsets: how far back a repeated id is recognised. */
export const DEDUPE_WINDOW = 2_000_000;

const ENTRY_BYTES = 20;
const FREE = -1;

/**
 * Open addressing over 96 bits of two hashes of the id: among 2 million ids the chance that a new one is taken for a known
 * one is below 10^-22. About 40 bytes an id; the table doubles as it fills and forgets what left the window.
 */
export class DedupeIndex {
  readonly #hash: TextHash;
  readonly #window: number;
  readonly #halves = new HashHalves();
  #slots: Uint32Array;
  #offsets: Float64Array;
  #used = 0;
  /**
   * Up to where the questions have come. What lies a window below is forgotten when the table fills. While segments are
   * loaded nothing is: reading may begin far below the newest of them.
   */
  #position = -Infinity;
  /** Whether the last put entered something. */
  #entered = false;
  #written = Buffer.allocUnsafeSlow(1024 * ENTRY_BYTES);
  #writtenBytes = 0;

  constructor(deps: { readonly hash: TextHash }, window = DEDUPE_WINDOW) {
    this.#hash = deps.hash;
    this.#window = window;
    this.#slots = new Uint32Array(3 * 1024);
    this.#offsets = new Float64Array(1024).fill(FREE);
  }

  /** Entries in memory, those that have left the window and are not yet forgotten among them. */
  get size(): number {
    return this.#used;
  }

  /**
   * Records that an accepted event has this id at this offset, and tells whether it is a duplicate: whether the id's first
   * occurrence is at a lower offset within the window. Asked again for the same event, it answers the same.
   */
  isDuplicate(id: string, offset: number): boolean {
    const { high, low } = this.#halves.split(this.#hash(id));
    const check = checkHash(id);
    this.#position = offset;
    if (this.#put(high, low, check, offset)) return true;
    // A re-read finds its own entry: kept once is enough.
    if (this.#entered) this.#remember(high, low, check, offset);
    return false;
  }

  /** The entries accepted since the last call, as bytes for the state store; null if there are none. */
  takeSegment(): Uint8Array | null {
    if (this.#writtenBytes === 0) return null;
    const bytes = Uint8Array.prototype.slice.call(this.#written, 0, this.#writtenBytes);
    this.#writtenBytes = 0;
    return bytes;
  }

  /**
   * Reads a segment that {@link takeSegment} gave, as far as it lies below `below`. What is read again from there on is
   * decided and remembered anew: a store that was emptied after it gave the segment must not be left without it.
   */
  load(segment: Uint8Array, below = Infinity): void {
    const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      const offset = bytes.readDoubleLE(at + 12);
      if (offset >= below) continue;
      this.#put(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8), offset);
    }
  }

  #remember(high: number, low: number, check: number, offset: number): void {
    if (this.#writtenBytes + ENTRY_BYTES > this.#written.length) {
      const grown = Buffer.allocUnsafeSlow(this.#written.length * 2);
      this.#written.copy(grown);
      this.#written = grown;
    }
    let at = this.#written.writeUInt32LE(high, this.#writtenBytes);
    at = this.#written.writeUInt32LE(low, at);
    at = this.#written.writeUInt32LE(check, at);
    this.#writtenBytes = this.#written.writeDoubleLE(offset, at);
  }

  /**
   * Tells whether the id is known at a lower offset within the window, and enters it otherwise. An id that came back
   * after a window has an entry for each time, so that an older stretch, read again, is decided as it was.
   */
  #put(high: number, low: number, check: number, offset: number): boolean {
    if (this.#used * 2 > this.#offsets.length) this.#rebuild();
    this.#entered = false;
    const slots = this.#slots;
    const mask = this.#offsets.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const known = this.#offsets[slot] ?? FREE;
      const at = slot * 3;
      if (known === FREE) {
        slots[at] = high;
        slots[at + 1] = low;
        slots[at + 2] = check;
        this.#offsets[slot] = offset;
        this.#used++;
        this.#entered = true;
        return false;
      }
      if (slots[at] === high && slots[at + 1] === low && slots[at + 2] === check) {
        if (known === offset) return false;
        if (known < offset && offset - known <= this.#window) return true;
      }
    }
  }

  #rebuild(): void {
    const slots = this.#slots;
    const offsets = this.#offsets;
    const horizon = this.#position - this.#window;
    const live = offsets.reduce((count, offset) => (offset !== FREE && offset >= horizon ? count + 1 : count), 0);
    const size = live * 4 > offsets.length ? offsets.length * 2 : offsets.length;
    this.#slots = new Uint32Array(3 * size);
    this.#offsets = new Float64Array(size).fill(FREE);
    this.#used = 0;
    offsets.forEach((offset, slot) => {
      if (offset === FREE || offset < horizon) return;
      this.#put(slots[slot * 3] ?? 0, slots[slot * 3 + 1] ?? 0, slots[slot * 3 + 2] ?? 0, offset);
    });
  }
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function checkHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
