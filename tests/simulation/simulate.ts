/**
 * The program of the simulation: `simulate.js <first seed> <schedules>`. Stops at the first schedule that fails. Writes one
 * line of JSON, a {@link Simulated}.
 */
import { writeFileSync } from "node:fs";
import type { FaultKind } from "./fault-kinds.ts";
import { runSchedule } from "./run-schedule.ts";

export interface SimulatedFailure {
  readonly seed: number;
  readonly differences: readonly string[];
  readonly trace: readonly string[];
}

export interface Simulated {
  readonly schedules: number;
  readonly events: number;
  readonly calls: number;
  /** The longest time from the last fault until all was done, virtual ms. */
  readonly maxRecoveryMs: number;
  /** In how many schedules each pair of kinds came together; a kind with itself: in how many it came at all. */
  readonly pairs: Readonly<Record<string, number>>;
  readonly failure: SimulatedFailure | null;
}

const [first = 0, count = 1] = process.argv.slice(2).map(Number);
writeFileSync(1, `${JSON.stringify(await simulate(first, count))}\n`);

async function simulate(firstSeed: number, schedules: number): Promise<Simulated> {
  const pairs: Record<string, number> = {};
  let events = 0;
  let calls = 0;
  let maxRecoveryMs = 0;
  for (let done = 0; done < schedules; done++) {
    const result = await runSchedule(firstSeed + done);
    countPairs(pairs, result.hits);
    events += result.events;
    calls += result.calls;
    maxRecoveryMs = Math.max(maxRecoveryMs, result.recoveryMs);
    const { seed, differences, trace } = result;
    if (differences.length > 0) {
      return { schedules: done + 1, events, calls, maxRecoveryMs, pairs, failure: { seed, differences, trace } };
    }
  }
  return { schedules, events, calls, maxRecoveryMs, pairs, failure: null };
}

function countPairs(pairs: Record<string, number>, hits: ReadonlySet<FaultKind>): void {
  const kinds = [...hits].sort();
  for (const [i, kind] of kinds.entries()) {
    for (const other of kinds.slice(i)) {
      const name = `${kind} ${other}`;
      pairs[name] = (pairs[name] ?? 0) + 1;
    }
  }
}
