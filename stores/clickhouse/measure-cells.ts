/** Measures on their way from cells to the port's values: text to int64, registers to estimates. */
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64, normalizeInt64, type Int64 } from "../../schema/model/value.ts";
import { estimate, mergeSketches, sketchOfEntries } from "../ports/sketch.ts";
import type { Cell } from "./series-connection.ts";

/** A measure while parts are still being combined: of a distinct its sketch, not yet an estimate. */
export type Combined = Int64 | Uint8Array | null;

export function combinedCell(metric: Metric, cell: Cell): Combined {
  if (cell === null) return null;
  if (metric.function !== "distinct") return typeof cell === "number" ? cell : int64(String(cell));
  return sketchOfEntries(cell as readonly number[]);
}

function int64(text: string): Int64 {
  return text.length < 16 ? Number(text) : normalizeInt64(BigInt(text));
}

export function combine(metric: Metric, a: Combined, b: Combined): Combined {
  if (a === null || b === null) return a ?? b;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? mergeSketches(a, b) : a;
  if (b instanceof Uint8Array) return b;
  switch (metric.function) {
    case "min":
      return a <= b ? a : b;
    case "max":
      return a >= b ? a : b;
    case "count":
    case "sum":
    case "distinct":
    case "latest":
    case "first":
      return addInt64(a, b);
  }
}

export function closeMeasure(measure: Combined): Int64 | null {
  return measure instanceof Uint8Array ? estimate(measure) : measure;
}
