/** Compiles `window:` into buckets that are summed when read. */
import type { SlidingWindow } from "../model/metric.ts";
import type { Compilation } from "./compilation.ts";
import { argumentNode, textOf, type DirectiveUse } from "./directive-use.ts";
import { parseDuration } from "./parse-duration.ts";

const parts = 24;

/**
 * A bucket is a 24th of the window, rounded up to whole minutes, or to whole seconds where it is below a minute. Kept
 * are the buckets that a window can touch, wherever its edges fall between theirs, and those that events from the
 * accepted future may have opened ahead of the time of reading.
 */
export function compileWindow(use: DirectiveUse, futureMs: number, { report }: Compilation): SlidingWindow | null {
  const text = textOf(use, "window");
  const reading = text === null ? undefined : parseDuration(text);
  if (text === null || reading?.kind !== "ok") return null;
  if (reading.ms < 1000) {
    report.add(argumentNode(use, "window"), `A window of ${text} is too short.`, "Use at least PT1S.");
    return null;
  }
  const bucketMs = bucketLength(reading.ms);
  const keep = Math.ceil(reading.ms / bucketMs) + 1 + Math.ceil(futureMs / bucketMs) + 1;
  return { text, lengthMs: reading.ms, bucketMs, keep };
}

function bucketLength(lengthMs: number): number {
  const exact = lengthMs / parts;
  const unit = exact >= 60_000 ? 60_000 : 1000;
  return Math.ceil(exact / unit) * unit;
}
