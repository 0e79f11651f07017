/** The engine against the specification: any operation over any federated graph equals the one over a monolith of its data. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Tally, tryGraph } from "../fixtures/random-graph/try-graph.ts";

/**
 * `ONEFOLD_RUNS=20000` or `ONEFOLD_MINUTES=60` for a long search with a seed of its own; `ONEFOLD_SEED` to repeat one.
 * Without them the cases are the same each time: an unknown fault of the planner is no reason to fail whoever changes
 * something else.
 */
const usualRuns = 120;
const minutes = Number(process.env["ONEFOLD_MINUTES"] ?? 0);
const numRuns = Number(process.env["ONEFOLD_RUNS"] ?? (minutes > 0 ? 1_000_000 : usualRuns));
const limit = minutes > 0 ? { interruptAfterTimeLimit: minutes * 60_000 } : {};
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
  operations: lists(1, 10, 120),
});

describe("a random federated graph", () => {
  it(
    "answers as one schema over the same data does",
    async () => {
      const tally = new Tally();
      const property = fc.asyncProperty(cases, async (choices) => {
        expect(await tryGraph(choices, tally)).toBeUndefined();
      });
      try {
        await fc.assert(property, { numRuns, ...limit, ...(seed !== undefined && { seed: Number(seed) }) });
      } finally {
        if (numRuns !== usualRuns) console.log(tally);
      }
      expect(tally.operations).toBeGreaterThan(minutes > 0 ? 0 : numRuns);
    },
    60_000 + (minutes > 0 ? minutes * 60_000 : numRuns * 1_500),
  );
});
