/** Cursors: what is written reads back, what was altered is refused, and a meet promises no more than either side. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  cursorIncludes,
  decodeCursor,
  encodeCursor,
  meetCursors,
  parsePartitionKey,
  partitionKey,
  type CursorVector,
} from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";

const topics = fc.stringMatching(/^[a-z][a-z/.-]{0,20}$/);
const partitions = fc.nat(64);
const keys = fc.tuple(topics, partitions).map(([topic, partition]) => partitionKey(topic, partition));
const vectors: fc.Arbitrary<CursorVector> = fc.dictionary(keys, fc.nat(), { maxKeys: 8, noNullPrototype: true });

/** Vectors over few partitions, so that two of them often name the same ones. */
const fewPartitions = ["a/0", "a/1", "b/0", "b/1"] as const;
const overlapping: fc.Arbitrary<CursorVector> = fc.dictionary(fc.constantFrom(...fewPartitions), fc.nat(1000), {
  noNullPrototype: true,
});
/** Vectors that all name the same partitions: those of two reads of the same models. */
const complete: fc.Arbitrary<CursorVector> = fc
  .tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))
  .map((offsets) => Object.fromEntries(fewPartitions.map((key, index) => [key, offsets[index] ?? 0])));

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("partition keys", () => {
  it("split into the topic and partition they were made of, whatever slashes a topic has", () => {
    fc.assert(
      fc.property(topics, partitions, (topic, partition) => {
        expect(parsePartitionKey(partitionKey(topic, partition))).toEqual({ topic, partition });
      }),
    );
  });
});

describe("cursor text", () => {
  it("reads back as the vector it was written from", () => {
    fc.assert(fc.property(vectors, (vector) => expect(decodeCursor(encodeCursor(vector))).toEqual(vector)));
  });

  it("does not depend on the order in which partitions were met", () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const reversed = Object.fromEntries(Object.entries(vector).reverse());
        expect(encodeCursor(reversed)).toBe(encodeCursor(vector));
      }),
    );
  });

  it("fits into a URL without escaping", () => {
    fc.assert(fc.property(vectors, (vector) => expect(encodeCursor(vector)).toMatch(/^[A-Za-z0-9_-]+$/)));
  });

  it("is refused, or means the same, when one character was altered", () => {
    fc.assert(
      fc.property(vectors, fc.nat(), fc.constantFrom(...Array.from(base64url)), (vector, at, character) => {
        const text = encodeCursor(vector);
        const position = at % text.length;
        const altered = text.slice(0, position) + character + text.slice(position + 1);
        const outcome = outcomeOf(altered);
        expect(outcome === "CURSOR_INVALID" || encodeCursor(outcome) === text).toBe(true);
      }),
    );
  });

  it("is refused when it was cut", () => {
    fc.assert(
      fc.property(vectors, fc.nat(), (vector, at) => {
        const text = encodeCursor(vector);
        expect(outcomeOf(text.slice(0, at % text.length))).toBe("CURSOR_INVALID");
      }),
    );
  });

  it("is refused when something else made it", () => {
    for (const text of ["", "0", "latest", "W10", "héllo", "=".repeat(40)]) {
      expect(outcomeOf(text)).toBe("CURSOR_INVALID");
    }
  });
});

describe("the meet of two cursors", () => {
  it("is included in both of them", () => {
    fc.assert(
      fc.property(complete, complete, (a, b) => {
        const meet = meetCursors(a, b);
        expect(cursorIncludes(a, meet)).toBe(true);
        expect(cursorIncludes(b, meet)).toBe(true);
      }),
    );
  });

  it("is the greatest such: whatever both include, it includes", () => {
    fc.assert(
      fc.property(complete, complete, complete, (a, b, want) => {
        if (cursorIncludes(a, want) && cursorIncludes(b, want)) {
          expect(cursorIncludes(meetCursors(a, b), want)).toBe(true);
        }
      }),
    );
  });

  it("keeps what only one of the reads has read", () => {
    expect(meetCursors({ "a/0": 3, "a/1": 9 }, { "a/1": 4, "b/0": 7 })).toEqual({ "a/0": 3, "a/1": 4, "b/0": 7 });
  });

  it("depends neither on order nor on grouping nor on repetition", () => {
    fc.assert(
      fc.property(overlapping, overlapping, overlapping, (a, b, c) => {
        expect(meetCursors(a, b)).toEqual(meetCursors(b, a));
        expect(meetCursors(meetCursors(a, b), c)).toEqual(meetCursors(a, meetCursors(b, c)));
        expect(meetCursors(a, a)).toEqual(a);
      }),
    );
  });
});

/** What decoding gave: the vector, or the code of the refusal. Any other error fails the test. */
function outcomeOf(text: string): CursorVector | "CURSOR_INVALID" {
  try {
    return decodeCursor(text);
  } catch (error) {
    if (error instanceof OnefoldError && error.code === "CURSOR_INVALID") return "CURSOR_INVALID";
    throw error;
  }
}
