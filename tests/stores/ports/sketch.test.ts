/** The laws of the sketch, and how far its estimates are from the truth. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  denseRegisters,
  eachRegister,
  emptySketch,
  estimate,
  mergeSketches,
  sketchOf,
  sketchOfEntries,
  sketchOfHash,
  sketchOfRegisters,
} from "../../../stores/ports/sketch.ts";

/** A seeded stream of 64-bit hashes (splitmix64). */
function* hashes(seed: bigint): Generator<bigint> {
  for (let state = seed; ;) {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    yield z ^ (z >> 31n);
  }
}

function sketchOfMany(count: number, seed: bigint): Uint8Array {
  const source = hashes(seed);
  let sketch = emptySketch;
  for (let i = 0; i < count; i++) sketch = mergeSketches(sketch, sketchOfHash(source.next().value as bigint));
  return sketch;
}

/** As text, which jest compares at once. */
function hex(sketch: Uint8Array): string {
  return Buffer.from(sketch).toString("hex");
}

const anySketch = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 250, max: 700 })),
    fc.bigInt({ min: 0n, max: 40n }),
  )
  .map(([count, seed]) => sketchOfMany(count, seed));

describe("a sketch", () => {
  test("merges in any order and grouping to the same bytes", () => {
    fc.assert(
      fc.property(anySketch, anySketch, anySketch, (a, b, c) => {
        expect(hex(mergeSketches(a, b))).toBe(hex(mergeSketches(b, a)));
        expect(hex(mergeSketches(mergeSketches(a, b), c))).toBe(hex(mergeSketches(a, mergeSketches(b, c))));
      }),
    );
  });

  test("merged with itself or with nothing stays as it is", () => {
    fc.assert(
      fc.property(anySketch, (a) => {
        expect(hex(mergeSketches(a, a))).toBe(hex(a));
        expect(hex(mergeSketches(a, emptySketch))).toBe(hex(a));
        expect(hex(mergeSketches(emptySketch, a))).toBe(hex(a));
      }),
    );
  });

  test("leaves what it merges unchanged", () => {
    fc.assert(
      fc.property(anySketch, anySketch, (a, b) => {
        const before = [hex(a), hex(b)];
        mergeSketches(a, b);
        expect([hex(a), hex(b)]).toEqual(before);
      }),
    );
  });

  test("is told by its entries, in any order and beside lower ranks", () => {
    fc.assert(
      fc.property(anySketch, fc.integer(), (sketch, seed) => {
        const entries: number[] = [];
        eachRegister(sketch, (register, rank) => entries.push(register * 256 + rank));
        const dense = denseRegisters(sketch);
        expect(entries).toEqual([...dense].flatMap((rank, i) => (rank === 0 ? [] : [i * 256 + rank])));
        const lower = entries
          .filter((entry) => (entry ^ seed) % 3 === 0 && (entry & 0xff) > 1)
          .map((entry) => entry - 1);
        expect(hex(sketchOfEntries([...entries, ...lower].reverse()))).toBe(hex(sketch));
      }),
    );
  });

  test("is the register-wise greatest of its parts, whatever form they have", () => {
    fc.assert(
      fc.property(anySketch, anySketch, (a, b) => {
        const [x, y] = [denseRegisters(a), denseRegisters(b)];
        const merged = mergeSketches(a, b);
        expect(hex(denseRegisters(merged))).toBe(hex(x.map((rank, i) => Math.max(rank, y[i] ?? 0))));
        expect(hex(sketchOfRegisters(denseRegisters(merged)))).toBe(hex(merged));
      }),
    );
  });

  test("is sparse up to 300 registers and dense beyond", () => {
    const registers = new Uint8Array(4096);
    registers.fill(7, 0, 300);
    expect(sketchOfRegisters(registers)).toHaveLength(901);
    registers[300] = 1;
    expect(sketchOfRegisters(registers)).toHaveLength(4097);
    expect(mergeSketches(sketchOfRegisters(registers.fill(0, 300)), sketchOf(0xfff00000, 0))).toHaveLength(4097);
  });

  test("takes the register from the upper 12 bits and the rank from the zeros that follow", () => {
    expect([...sketchOf(0xabc_80000, 0)]).toEqual([1, 0x0a, 0xbc, 1]);
    expect([...sketchOf(0xabc_00001, 0)]).toEqual([1, 0x0a, 0xbc, 20]);
    expect([...sketchOf(0xabc_00000, 0x8000_0000)]).toEqual([1, 0x0a, 0xbc, 21]);
    expect([...sketchOf(0xfff_00000, 0)]).toEqual([1, 0x0f, 0xff, 53]);
    expect(sketchOfHash(0xabc_00000_8000_0000n)).toEqual(sketchOf(0xabc_00000, 0x8000_0000));
  });

  test("counts nothing as 0 and few values almost exactly", () => {
    expect(estimate(emptySketch)).toBe(0);
    expect(estimate(sketchOf(1, 2))).toBe(1);
    for (const count of [2, 5, 10, 50]) {
      for (let seed = 1n; seed <= 20n; seed++) {
        expect(Math.abs(estimate(sketchOfMany(count, seed)) - count)).toBeLessThanOrEqual(Math.max(1, count * 0.05));
      }
    }
  });

  test("errs by about 1.6 % of many values, and never by 7 %", () => {
    for (const count of [300, 1_000, 5_000, 40_000]) {
      const errors = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].map((seed) => estimate(sketchOfMany(count, seed)) / count - 1);
      expect(Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)).toBeLessThan(0.03);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.07);
    }
  });

  test("refuses bytes that are no sketch", () => {
    expect(() => estimate(Uint8Array.of(9, 1))).toThrow("cannot be read");
    expect(() => mergeSketches(Uint8Array.of(1, 1), emptySketch)).toThrow("cannot be read");
    expect(() => denseRegisters(Uint8Array.of(2, 1))).toThrow("cannot be read");
  });
});
