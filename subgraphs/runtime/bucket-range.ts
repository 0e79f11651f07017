/** The arguments of time series: a bucket size and a half-open range of instants, checked and aligned to whole buckets. */
import { intervalMs, type Interval } from "../../schema/model/series.ts";
import { inputInvalid } from "./input-invalid.ts";

/** Bucket starts in [from, to), epoch ms; both are multiples of `everyMs`. */
export interface BucketRange {
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
}

/** A range may span this many buckets, empty ones included: nineteen years of minutes. */
export const MAX_SPANNED_BUCKETS = 10_000_000;
/** An answer may hold this many buckets of one series. */
export const MAX_BUCKETS = 100_000;

/** Checks that a bucket size is one of those declared. */
export function readInterval(every: unknown, declared: readonly Interval[]): number {
  const interval = declared.find((one) => one === every);
  if (interval !== undefined) return intervalMs[interval];
  throw inputInvalid(`every: ${String(every)} is not kept here.`, `Choose ${declared.join(", ")}.`);
}

/**
 * The whole buckets of [`from`, `to`): the one that contains `from`, and all later ones that start before `to`. A bucket
 * is never cut: the first and the last also count what lies outside the range.
 */
export function readBucketRange(
  args: Readonly<Record<string, unknown>>,
  declared: readonly Interval[],
  now: number,
): BucketRange {
  const everyMs = readInterval(args["every"], declared);
  const from = typeof args["from"] === "number" ? args["from"] : 0;
  const to = typeof args["to"] === "number" ? args["to"] : now;
  if (from > to) {
    const range = `from: ${new Date(from).toISOString()} is after to: ${new Date(to).toISOString()}`;
    throw inputInvalid(`${range}.`, "Give a `from` at or before `to`; without `to` the range ends now.");
  }
  const range = { from: alignDown(from, everyMs), to: alignDown(to + everyMs - 1, everyMs), everyMs };
  const spanned = (range.to - range.from) / everyMs;
  if (from === to) return { ...range, to: range.from };
  if (spanned <= MAX_SPANNED_BUCKETS) return range;
  throw inputInvalid(
    `The range spans ${spanned} buckets; the most is ${MAX_SPANNED_BUCKETS}.`,
    "Ask for a shorter range or larger buckets.",
  );
}

/** The start of the bucket that contains an instant. Buckets are aligned to UTC. */
export function alignDown(ms: number, everyMs: number): number {
  return Math.floor(ms / everyMs) * everyMs;
}
