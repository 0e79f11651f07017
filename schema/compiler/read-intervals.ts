/** Reads the bucket sizes of a time series or a ranked list, and how long rows are kept. */
import { intervalMs, type Interval } from "../model/series.ts";
import type { Compilation } from "./compilation.ts";
import { argumentNode, itemNode, textOf, textsOf, type DirectiveUse } from "./directive-use.ts";
import { parseDuration } from "./parse-duration.ts";

/** Finest first. */
export function readIntervals(use: DirectiveUse, { report }: Compilation): readonly Interval[] {
  const names = (textsOf(use, "every") ?? []).filter((name): name is Interval => name in intervalMs);
  if (names.length === 0)
    report.add(argumentNode(use, "every"), "No bucket size is named.", "Name some of MINUTE, HOUR, DAY.");
  names.forEach((name, i) => {
    if (names.indexOf(name) < i)
      report.add(itemNode(use, "every", [i]), `${name} is listed twice.`, "Name each size once.");
  });
  return [...new Set(names)].sort((a, b) => intervalMs[a] - intervalMs[b]);
}

/** The finest: what is stored. */
export function grainOf(every: readonly Interval[]): number {
  return Math.min(...every.map((interval) => intervalMs[interval]), intervalMs.DAY);
}

/** Milliseconds; null: for ever. `every` comes finest first. */
export function readRetention(use: DirectiveUse, every: readonly Interval[], { report }: Compilation): number | null {
  const text = textOf(use, "retain") ?? "FOREVER";
  if (text === "FOREVER") return null;
  const duration = parseDuration(text);
  if (duration.kind === "invalid") {
    report.add(argumentNode(use, "retain"), duration.reason, `${duration.remedy} Or "FOREVER".`);
    return null;
  }
  const coarsest = every.at(-1) ?? "MINUTE";
  if (duration.ms < intervalMs[coarsest]) {
    const reason = `Rows are kept for ${text}, which is shorter than one ${coarsest} bucket.`;
    report.add(argumentNode(use, "retain"), reason, `Keep them longer, or leave ${coarsest} out of every.`);
  }
  return duration.ms;
}
