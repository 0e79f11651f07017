/** The one distinct-count sketch, used by state and series alike: a HyperLogLog whose equal content has equal bytes. */
import { OnefoldError } from "../../schema/errors.ts";

/**
 * 2^12 registers: a standard error of 1.04 / √4096 = 1.6 %. The upper 12 bits of a hash choose the register, whose rank
 * is 1 + the number of leading zeros in the other 52 bits.
 *
 *     nothing   no bytes
 *     sparse    0x01, then up to 300 × (register, u16 big-endian; rank, u8), ascending by register
 *     dense     0x02, then 4,096 × rank, u8: exactly when more than 300 registers are set
 */
export const SKETCH_REGISTERS = 4096;

const SPARSE = 1;
const DENSE = 2;
const ENTRY_BYTES = 3;
const MAX_SPARSE_ENTRIES = 300;
const REMAINING_BITS = 52;
const FEW_ENTRIES = 32;

/** The neutral sketch: of nothing. */
export const emptySketch: Uint8Array = new Uint8Array(0);

/** The sketch of one value, given its 64-bit hash as two unsigned halves. */
export function sketchOf(hi: number, lo: number): Uint8Array {
  return sketchOfEntries([sketchEntry(hi, lo)]);
}

/** What {@link sketchOfEntries} takes of one value: register × 256 + rank. */
export function sketchEntry(hi: number, lo: number): number {
  const upper = hi & 0xf_ffff;
  const zeros = upper === 0 ? 20 + Math.clz32(lo) : Math.clz32(upper) - 12;
  return (hi >>> 20) * 256 + zeros + 1;
}

/** {@link sketchOf} for a hash held as one unsigned 64-bit integer. */
export function sketchOfHash(hash: bigint): Uint8Array {
  return sketchOf(Number((hash >> 32n) & 0xffff_ffffn), Number(hash & 0xffff_ffffn));
}

/**
 * The union: commutative, associative, idempotent, with {@link emptySketch} as neutral element. Changes neither argument,
 * and gives back one of them where the other adds nothing: treat sketches as immutable.
 * @throws OnefoldError STORE_UNAVAILABLE when the bytes are not a sketch
 */
export function mergeSketches(a: Uint8Array, b: Uint8Array): Uint8Array {
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  if (kindB === 0) return a;
  if (kindA === 0) return b;
  if (kindA === DENSE) return kindB === DENSE ? mergeDense(a, b) : mergeSparseIntoDense(a, b);
  return kindB === DENSE ? mergeSparseIntoDense(b, a) : mergeSparse(a, b);
}

/** All 4,096 ranks, freshly allocated: 0 where nothing was seen. */
export function denseRegisters(sketch: Uint8Array): Uint8Array {
  if (kindOf(sketch) === DENSE) return sketch.slice(1);
  const registers = new Uint8Array(SKETCH_REGISTERS);
  for (let at = 1; at < sketch.length; at += ENTRY_BYTES) registers[registerAt(sketch, at)] = byteAt(sketch, at + 2);
  return registers;
}

/** Calls `visit` for every register that has seen something, ascending: without the 4,096 where few have. */
export function eachRegister(sketch: Uint8Array, visit: (register: number, rank: number) => void): void {
  if (kindOf(sketch) === DENSE) {
    for (let register = 0; register < SKETCH_REGISTERS; register++) {
      const rank = byteAt(sketch, register + 1);
      if (rank !== 0) visit(register, rank);
    }
    return;
  }
  for (let at = 1; at < sketch.length; at += ENTRY_BYTES) visit(registerAt(sketch, at), byteAt(sketch, at + 2));
}

/** The canonical sketch of entries `register × 256 + rank`, in any order: of a register's ranks the greatest counts. */
export function sketchOfEntries(entries: readonly number[]): Uint8Array {
  if (entries.length === 0) return emptySketch;
  if (entries.length > MAX_SPARSE_ENTRIES) {
    const registers = new Uint8Array(SKETCH_REGISTERS);
    for (const entry of entries) {
      const rank = entry & 0xff;
      if (rank > (registers[entry >>> 8] ?? 0)) registers[entry >>> 8] = rank;
    }
    return sketchOfRegisters(registers);
  }
  const ascending = entries.length <= FEW_ENTRIES ? insertionSorted(entries) : Uint32Array.from(entries).sort();
  const sparse = new Uint8Array(1 + entries.length * ENTRY_BYTES);
  sparse[0] = SPARSE;
  let at = 1;
  for (let i = 0; i < ascending.length; i++) {
    const entry = ascending[i] ?? 0;
    if (entry >>> 8 !== (ascending[i + 1] ?? -1) >>> 8) at = putEntry(sparse, at, entry >>> 8, entry & 0xff);
  }
  return at === sparse.length ? sparse : sparse.slice(0, at);
}

/** For a few numbers the engine's own sort takes longer to begin than to sort. */
function insertionSorted(numbers: readonly number[]): readonly number[] {
  const sorted = numbers.slice();
  for (let i = 1; i < sorted.length; i++) {
    const number = sorted[i] ?? 0;
    let at = i;
    for (; at > 0 && (sorted[at - 1] ?? 0) > number; at--) sorted[at] = sorted[at - 1] ?? 0;
    sorted[at] = number;
  }
  return sorted;
}

/** The canonical sketch of ranks by register; shorter arrays mean that nothing was seen in the rest. */
export function sketchOfRegisters(registers: ArrayLike<number>): Uint8Array {
  let entries = 0;
  for (let i = 0; i < registers.length; i++) if (registers[i] !== 0) entries++;
  if (entries === 0) return emptySketch;
  if (entries > MAX_SPARSE_ENTRIES) {
    const dense = new Uint8Array(1 + SKETCH_REGISTERS);
    dense[0] = DENSE;
    dense.set(registers, 1);
    return dense;
  }
  const sparse = new Uint8Array(1 + entries * ENTRY_BYTES);
  sparse[0] = SPARSE;
  let at = 1;
  for (let i = 0; i < registers.length; i++) {
    const rank = registers[i] ?? 0;
    if (rank === 0) continue;
    at = putEntry(sparse, at, i, rank);
  }
  return sparse;
}

/**
 * How many distinct values were seen, to the nearest whole number: Ertl's improved estimator, which needs no bias table
 * and equals linear counting where few registers are set.
 * @see https://arxiv.org/abs/1702.01284 algorithm 6
 */
export function estimate(sketch: Uint8Array): number {
  const histogram = rankHistogram(sketch);
  const m = SKETCH_REGISTERS;
  let z = m * tau(1 - (histogram[REMAINING_BITS + 1] ?? 0) / m);
  for (let rank = REMAINING_BITS; rank >= 1; rank--) z = 0.5 * (z + (histogram[rank] ?? 0));
  z += m * sigma((histogram[0] ?? 0) / m);
  return Math.round(((m / (2 * Math.LN2)) * m) / z);
}

function rankHistogram(sketch: Uint8Array): Uint32Array {
  const histogram = new Uint32Array(REMAINING_BITS + 2);
  const count = (rank: number): void => {
    histogram[rank] = (histogram[rank] ?? 0) + 1;
  };
  if (kindOf(sketch) === DENSE) {
    for (let at = 1; at < sketch.length; at++) count(byteAt(sketch, at));
  } else {
    for (let at = 3; at < sketch.length; at += ENTRY_BYTES) count(byteAt(sketch, at));
    histogram[0] = SKETCH_REGISTERS - (sketch.length === 0 ? 0 : (sketch.length - 1) / ENTRY_BYTES);
  }
  return histogram;
}

function sigma(start: number): number {
  if (start === 1) return Infinity;
  let x = start;
  let y = 1;
  let z = x;
  for (let before = -1; before !== z;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; before !== z;) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}

function mergeDense(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = a.slice();
  for (let at = 1; at < out.length; at++) {
    const rank = byteAt(b, at);
    if (rank > byteAt(out, at)) out[at] = rank;
  }
  return out;
}

function mergeSparseIntoDense(dense: Uint8Array, sparse: Uint8Array): Uint8Array {
  let out = dense;
  for (let at = 1; at < sparse.length; at += ENTRY_BYTES) {
    const register = 1 + registerAt(sparse, at);
    const rank = byteAt(sparse, at + 2);
    if (rank <= byteAt(out, register)) continue;
    if (out === dense) out = dense.slice();
    out[register] = rank;
  }
  return out;
}

/** Merges two sorted lists of entries. */
function mergeSparse(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length - 1);
  out[0] = SPARSE;
  let at = 1;
  let i = 1;
  let j = 1;
  while (i < a.length || j < b.length) {
    const left = i < a.length ? registerAt(a, i) : SKETCH_REGISTERS;
    const right = j < b.length ? registerAt(b, j) : SKETCH_REGISTERS;
    const ranked = left <= right ? byteAt(a, i + 2) : 0;
    const other = right <= left ? byteAt(b, j + 2) : 0;
    at = putEntry(out, at, left <= right ? left : right, ranked >= other ? ranked : other);
    if (left <= right) i += ENTRY_BYTES;
    if (right <= left) j += ENTRY_BYTES;
  }
  const merged = at === out.length ? out : out.slice(0, at);
  if (merged.length <= 1 + MAX_SPARSE_ENTRIES * ENTRY_BYTES) return merged;
  return sketchOfRegisters(denseRegisters(merged));
}

function putEntry(out: Uint8Array, at: number, register: number, rank: number): number {
  out[at] = register >>> 8;
  out[at + 1] = register & 0xff;
  out[at + 2] = rank;
  return at + ENTRY_BYTES;
}

function registerAt(sketch: Uint8Array, at: number): number {
  return (byteAt(sketch, at) << 8) | byteAt(sketch, at + 1);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** 0 for nothing. Checks the frame only: the stores' checksums guard the content. */
function kindOf(sketch: Uint8Array): number {
  const kind = sketch[0];
  if (kind === undefined) return 0;
  if (kind === SPARSE && (sketch.length - 1) % ENTRY_BYTES === 0) return SPARSE;
  if (kind === DENSE && sketch.length === 1 + SKETCH_REGISTERS) return DENSE;
  throw new OnefoldError(
    "STORE_UNAVAILABLE",
    `A stored sketch of ${sketch.length} bytes, kind ${kind}, cannot be read.`,
  );
}
