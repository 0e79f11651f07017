/** How much a run of the fault harness does: bounded in CI, in full by `npm run test:faults`. */
import { createRandom } from "../../support/random.ts";

export const isFull = process.env["ONEFOLD_FAULTS"] === "full";

/** Chosen anew each time, and printed; `ONEFOLD_SEED` repeats one. */
export const faultSeed = Number(process.env["ONEFOLD_SEED"] ?? Date.now() % 1_000_000_000);

/** One of two numbers. */
export function scaled(bounded: number, full: number): number {
  return isFull ? full : bounded;
}

/** Randomness of one test, apart from that of others. */
export function randomOf(test: string) {
  let mixed = faultSeed;
  for (const char of test) mixed = (Math.imul(mixed, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  console.log(`${test}: seed ${String(faultSeed)}`);
  return createRandom(mixed);
}
