/** A schedule's settings, all drawn from its seed: how much there is to do, and what may go wrong how often. */
import { EPOCH_OFFSETS } from "../../schema/layout/series-layout.ts";
import type { Random } from "../support/random.ts";
import { callFaultKinds, incidents, type FaultKind, type Incident } from "./fault-kinds.ts";
import type { NetworkSettings } from "./network.ts";

export interface ScheduleSettings {
  readonly records: number;
  readonly fileLines: number;
  readonly partitions: { readonly visits: number; readonly notes: number };
  readonly workers: number;
  readonly maxRecords: number;
  readonly maxRows: number;
  readonly flushMs: number;
  /** Small enough, in most schedules, that ids leave the window and come back. */
  readonly dedupeWindow: number;
  /** The first offset of each partition; close below an epoch's end, in some schedules. */
  readonly base: number;
  /** Whether the log is trimmed while it runs. */
  readonly trims: boolean;
  /** Whether a second generation is built beside. */
  readonly rebuilds: boolean;
  /** How long faults go on. */
  readonly chaosMs: number;
  readonly network: NetworkSettings;
  readonly incidents: readonly { readonly at: number; readonly incident: Incident }[];
}

const RATES = [0.005, 0.02, 0.06];

export function drawSettings(random: Random): ScheduleSettings {
  const chaosMs = 4_000 + random.below(14_000);
  const rates = new Map<FaultKind, number>();
  // A schedule with a few kinds of faults reaches what one with all of them never does.
  const share = random.pick([0.1, 0.3, 0.6]);
  for (const { kind } of callFaultKinds) if (random.chance(share)) rates.set(kind, random.pick(RATES));
  const shifted = random.chance(0.25);
  const chosen = incidents.filter(() => random.chance(share));
  const count = chosen.length === 0 ? 0 : random.below(9);
  return {
    records: 15 + random.below(60),
    fileLines: random.below(15),
    partitions: { visits: 4, notes: 1 + random.below(2) },
    workers: 2 + random.below(2),
    maxRecords: 1 + random.below(30),
    maxRows: 1 + random.below(60),
    flushMs: random.pick([50, 300, 1_000]),
    dedupeWindow: random.pick([4, 12, 40, 1_000]),
    base: shifted ? EPOCH_OFFSETS - 1 - random.below(12) : 0,
    trims: shifted && random.chance(0.5),
    rebuilds: random.chance(0.3),
    chaosMs,
    network: { maxLatencyMs: random.pick([2, 20, 120]), rates },
    incidents: Array.from({ length: count }, () => ({ at: random.below(chaosMs), incident: random.pick(chosen) })),
  };
}
