/** Metrics by the OneData method: an atomic metric, modifiers and a period; the dimensions are the model's own. */
import type { Expression } from "../expression/expression.ts";
import type { ScalarType } from "./value.ts";

export type MetricFunction = "count" | "sum" | "min" | "max" | "distinct" | "latest" | "first";

/** A sliding window, kept as buckets that are summed when read: never a stored "now". */
export interface SlidingWindow {
  /** The declared ISO-8601 duration. */
  readonly text: string;
  readonly lengthMs: number;
  readonly bucketMs: number;
  /** How many of the newest non-empty buckets are kept: enough for the window at any time of reading. */
  readonly keep: number;
}

export interface Metric {
  /** Its name over all domains; equal names must have equal definitions (`latest` and `first` are attributes: exempt). */
  readonly name: string;
  readonly function: MetricFunction;
  /** The event type it is measured on. */
  readonly event: string;
  /** Index of the measured event field; null for `count`. */
  readonly field: number | null;
  /** What the value is: `long` for count, sum of ints and distinct; the field's type otherwise. */
  readonly type: ScalarType;
  readonly where: Expression | null;
  /** Only for count and sum. */
  readonly window: SlidingWindow | null;
}
