/** The dedupe index: an id is known for a window of offsets, and every question is answered again as it was the first time. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { DedupeIndex } from "../../../ingest/standardize/dedupe-index.ts";
import type { TextHash } from "../../../ingest/standardize/standardize.ts";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";

let hash: TextHash;
beforeAll(async () => {
  hash = await createTextHash();
});

/** Which of the ids at offsets 0, 1, … are duplicates: of the first accepted one not further back than the window. */
function naive(ids: readonly string[], window: number): boolean[] {
  const accepted = new Map<string, number>();
  return ids.map((id, offset) => {
    const known = accepted.get(id);
    const isDuplicate = known !== undefined && offset - known <= window;
    if (!isDuplicate) accepted.set(id, offset);
    return isDuplicate;
  });
}

const ask = (index: DedupeIndex, ids: readonly string[], from = 0): boolean[] =>
  ids.slice(from).map((id, at) => index.isDuplicate(id, from + at));

describe("the dedupe index", () => {
  it("knows an id up to and including the window's length back, from its first accepted occurrence", () => {
    const index = new DedupeIndex({ hash }, 10);
    const asked = [0, 5, 10, 11, 21, 22];
    expect(asked.map((offset) => index.isDuplicate("x", offset))).toEqual([false, true, true, false, true, false]);
  });

  it("answers as a map does, and again the same when all is read again", () => {
    const ids = fc.array(
      fc.nat(12).map((id) => `id${id}`),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 15 }), fc.nat(), (all, window, again) => {
        const index = new DedupeIndex({ hash }, window);
        const expected = naive(all, window);
        expect(ask(index, all)).toEqual(expected);
        const from = all.length === 0 ? 0 : again % all.length;
        expect(ask(index, all, from)).toEqual(expected.slice(from));
      }),
    );
  });

  it("answers the same after a restart from segments, from whatever offset reading begins again", () => {
    const ids = fc.array(
      fc.nat(8).map((id) => `id${id}`),
      { minLength: 1, maxLength: 60 },
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(ids, cuts, fc.integer({ min: 1, max: 15 }), fc.nat(), (all, lengths, window, again) => {
        const expected = naive(all, window);
        const first = new DedupeIndex({ hash }, window);
        const segments: { readonly from: number; readonly to: number; readonly bytes: Uint8Array }[] = [];
        for (let from = 0, cut = 0; from < all.length; cut++) {
          const to = Math.min(all.length, from + (lengths[cut % lengths.length] ?? 1));
          for (let offset = from; offset < to; offset++) first.isDuplicate(all[offset] ?? "", offset);
          const bytes = first.takeSegment();
          if (bytes !== null) segments.push({ from, to, bytes });
          from = to;
        }
        const from = again % all.length;
        const second = new DedupeIndex({ hash }, window);
        for (const segment of segments) if (segment.to > from - window) second.load(segment.bytes);
        expect(ask(second, all, from)).toEqual(expected.slice(from));
        // Segments kept what was read again, so nothing of it is to be kept once more.
        expect(second.takeSegment()).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it("grows, forgets what left the window, and keeps every accepted id in its segments", () => {
    const window = 3000;
    const ids = Array.from(
      { length: 40_000 },
      (_, at) => `id${(at * 7919) % 20_011 < 15_000 ? (at * 7919) % 20_011 : at % 2500}`,
    );
    const expected = naive(ids, window);
    const index = new DedupeIndex({ hash }, window);
    let entries = 0;
    ids.forEach((id, offset) => {
      expect(index.isDuplicate(id, offset)).toBe(expected[offset]);
      if (offset % 100 === 99) entries += (index.takeSegment()?.length ?? 0) / 20;
    });
    expect(entries).toBe(expected.filter((isDuplicate) => !isDuplicate).length);
  });

  it("forgets nothing that reading from far below the newest segment still needs", () => {
    const window = 2000;
    const ids = Array.from({ length: 12_000 }, (_, at) => `id${at % 1900 === 0 ? 0 : at}`);
    const expected = naive(ids, window);
    const first = new DedupeIndex({ hash }, window);
    ids.forEach((id, offset) => first.isDuplicate(id, offset));
    const second = new DedupeIndex({ hash }, window);
    second.load(first.takeSegment() ?? new Uint8Array());
    expect(ask(second, ids, 3000)).toEqual(expected.slice(3000));
  });
});
