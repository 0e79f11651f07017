/** Deferred fragments against the whole answer: the parts of any operation over any graph make what it answers without @defer. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { tryDefer, type DeferTally } from "../fixtures/random-graph/try-defer.ts";

/** `ONEFOLD_RUNS` and `ONEFOLD_SEED` as for random graphs without @defer. */
const usualRuns = 60;
const numRuns = Number(process.env["ONEFOLD_RUNS"] ?? usualRuns);
const seed = process.env["ONEFOLD_SEED"] ?? (numRuns === usualRuns ? "1" : undefined);

const numbers = (maxLength: number) => fc.array(fc.nat(5039), { maxLength, size: "max" });
const lists = (minLength: number, maxLength: number, each: number) =>
  fc.array(numbers(each), { minLength, maxLength, size: "max" });

const cases = fc.record({
  graph: fc.record({
    seed: fc.nat(9999),
    shape: numbers(40),
    entities: lists(1, 4, 40),
    roots: lists(1, 6, 12),
    rules: lists(0, 6, 10),
  }),
  operations: fc.array(fc.record({ document: numbers(120), defers: numbers(60) }), {
    minLength: 1,
    maxLength: 8,
    size: "max",
  }),
});

describe("a random operation with @defer", () => {
  it(
    "answers in parts that make the answer without it",
    async () => {
      const tally: DeferTally = { operations: 0, parts: 0, withErrors: 0 };
      const property = fc.asyncProperty(cases, async (choices) => {
        expect(await tryDefer(choices, tally)).toBeUndefined();
      });
      await fc.assert(property, { numRuns, ...(seed !== undefined && { seed: Number(seed) }) });
      if (numRuns !== usualRuns) console.log(tally);
      expect(tally.parts).toBeGreaterThan(tally.operations * 1.3);
    },
    60_000 + numRuns * 500,
  );
});
