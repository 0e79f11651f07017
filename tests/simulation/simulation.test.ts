/**
 * The deterministic simulation: thousands of schedules, each from one seed, in which everything that can go wrong does,
 * and nothing is lost, counted twice or left untold. `ONEFOLD_SEED` and `ONEFOLD_SCHEDULES` choose other schedules.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { writeResult } from "../faults/report/results.ts";
import { faultKinds } from "./fault-kinds.ts";
import { runSimulation, type Seeds } from "./run-simulation.ts";
import type { Simulated, SimulatedFailure } from "./simulate.ts";

const SCHEDULES = Number(process.env["ONEFOLD_SCHEDULES"] ?? 5_000);
/** Of these, so many have the seeds 0, 1, 2, …; the others begin at a seed that is new each time. */
const FIXED = process.env["ONEFOLD_SEED"] === undefined ? Math.floor(SCHEDULES * 0.8) : 0;
const FRESH_SEED = Number(process.env["ONEFOLD_SEED"] ?? 1_000_000 + (Date.now() % 1_000_000_000));
/** Fewer than these say nothing about coverage. */
const ENOUGH_SCHEDULES = 2_000;
/** Of all pairs of kinds of faults, how many must have come together in one schedule. */
const LEAST_PAIRS = 0.97;

function describeFailure({ seed, differences, trace }: SimulatedFailure): string {
  const file = join(tmpdir(), `onefold-schedule-${String(seed)}.txt`);
  writeFileSync(file, trace.join("\n"));
  const incidents = trace.filter((line) => line.includes(" ! "));
  const lines = [
    `Schedule ${String(seed)} (again by ONEFOLD_SEED=${String(seed)} ONEFOLD_SCHEDULES=1; all its events: ${file})`,
    ...differences,
    "Incidents, by virtual ms:",
    ...incidents,
    "Its last events:",
    ...trace.slice(-100),
  ];
  return lines.join("\n");
}

async function simulate(parts: readonly Seeds[]): Promise<readonly Simulated[]> {
  const results: Simulated[] = [];
  for (const part of parts) if (part.count > 0) results.push(await runSimulation(part));
  return results;
}

describe("the simulation", () => {
  it("leaves in every schedule what the raw records say, whatever went wrong", async () => {
    console.log(`Fresh schedules begin at seed ${String(FRESH_SEED)}.`);
    const half = Math.ceil(SCHEDULES / 2);
    const [first, second] = [Math.min(FIXED, half), Math.max(0, FIXED - half)];
    const results = (
      await Promise.all([
        simulate([
          { first: 0, count: first },
          { first: FRESH_SEED, count: half - first },
        ]),
        simulate([
          { first, count: second },
          { first: FRESH_SEED + half - first, count: SCHEDULES - half - second },
        ]),
      ])
    ).flat();
    const [failure] = results.flatMap((result) => result.failure ?? []);
    if (failure !== undefined) throw new Error(describeFailure(failure));
    expect(results.reduce((sum, { schedules }) => sum + schedules, 0)).toBe(SCHEDULES);
    const covered = countCoverage(results);
    console.log(
      `${String(SCHEDULES)} schedules, ${String(covered.events)} events; ${String(covered.kinds)} of ` +
        `${String(covered.allKinds)} kinds of faults, ${String(covered.pairs)} of ${String(covered.allPairs)} pairs.`,
    );
    writeResult("simulation", {
      schedules: SCHEDULES,
      fixed: FIXED,
      freshSeed: FRESH_SEED,
      differences: 0,
      ...covered,
    });
    if (SCHEDULES < ENOUGH_SCHEDULES) return;
    expect(covered.missing).toEqual([]);
    expect(covered.pairs / covered.allPairs).toBeGreaterThan(LEAST_PAIRS);
  }, 900_000);

  it("gives the same schedule for the same seed, event by event, in another process", async () => {
    const { runSchedule } = await import("./run-schedule.ts");
    for (const seed of [1, 2, FRESH_SEED]) {
      const [once, again] = [await runSchedule(seed), await runSchedule(seed)];
      expect(once.trace.length).toBeGreaterThan(100);
      expect(again).toEqual(once);
      const [apart, other] = await simulate([
        { first: seed, count: 1 },
        { first: seed + 1, count: 1 },
      ]);
      expect(apart).toMatchObject({ events: once.events, calls: once.calls, maxRecoveryMs: once.recoveryMs });
      expect(other?.pairs).not.toEqual(apart?.pairs);
    }
  }, 60_000);
});

function countCoverage(results: readonly Simulated[]) {
  const names = new Set(results.flatMap(({ pairs }) => Object.keys(pairs)));
  const isOneKind = (name: string): boolean => name.split(" ")[0] === name.split(" ")[1];
  const kinds = [...names].filter(isOneKind);
  return {
    events: results.reduce((sum, { events }) => sum + events, 0),
    calls: results.reduce((sum, { calls }) => sum + calls, 0),
    maxRecoveryMs: Math.max(...results.map(({ maxRecoveryMs }) => maxRecoveryMs)),
    kinds: kinds.length,
    allKinds: faultKinds.length,
    pairs: names.size - kinds.length,
    allPairs: (faultKinds.length * (faultKinds.length - 1)) / 2,
    missing: faultKinds.filter((kind) => !names.has(`${kind} ${kind}`)),
  };
}
