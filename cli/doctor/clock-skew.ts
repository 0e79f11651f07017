/** How far another machine's clock is from ours, measured over a round-trip. */
import { ok, warning, type CheckResult } from "./check.ts";

/** More than this is worth a look: no number depends on it, but lateness, lag and a token's expiry do. */
const TOLERATED_MS = 1_000;

export interface Skew {
  /** Positive: the other clock is ahead. Half the round-trip is its error. */
  readonly ms: number;
  readonly errorMs: number;
}

/** `ask` gives the other clock's epoch milliseconds. */
export async function measureSkew(ask: () => Promise<number>, clock: () => number = Date.now): Promise<Skew> {
  const sent = clock();
  const theirs = await ask();
  const received = clock();
  return { ms: theirs - (sent + received) / 2, errorMs: (received - sent) / 2 };
}

export function judgeSkew({ ms, errorMs }: Skew): CheckResult {
  const size = Math.round(Math.abs(ms));
  const text = `${size} ms ${ms < 0 ? "behind" : "ahead of"} this machine, ± ${String(Math.round(errorMs))} ms`;
  if (size <= TOLERATED_MS + errorMs) return ok(text);
  return warning(text, "Let both machines follow one time source (NTP): lag and lateness are judged by these clocks.");
}
