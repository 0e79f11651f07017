/** The simulation finds mistakes: each of them, put into the product's code, makes a schedule fail. */
import { describe, expect, it } from "@jest/globals";
import { writeResult } from "../faults/report/results.ts";
import { mutations } from "./mutations.ts";
import { runMutated } from "./run-simulation.ts";

/** No more than CI runs. */
const SCHEDULES = 4_000;

describe("the simulation fails for a product", () => {
  const found: Record<string, number> = {};
  it.each(mutations)(
    "that $name",
    async (mutation) => {
      const { failure, schedules } = await runMutated(mutation, { first: 0, count: SCHEDULES });
      expect(failure).not.toBeNull();
      // It fails for what it leaves behind, not for being no code.
      expect(failure?.differences.join("\n")).not.toMatch(/TypeError|ReferenceError|SyntaxError/);
      found[mutation.name] = schedules;
      writeResult("mutations", found);
    },
    300_000,
  );
});
