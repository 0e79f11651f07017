/** How one event enters one field: folded as plain numbers and events, turned into the store's form once a batch. */
import { compileExpression } from "../../schema/expression/compile-expression.ts";
import type { Expression } from "../../schema/expression/expression.ts";
import type { EntityField, MetricField, RecentField } from "../../schema/model/entity.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { SlidingWindow } from "../../schema/model/metric.ts";
import { addInt64, type Int64, type StandardValue } from "../../schema/model/value.ts";
import { compareEvents, extremeBytes, firstBytes, latestBytes } from "../../stores/ports/model-values.ts";
import { sketchEntry, sketchOfEntries } from "../../stores/ports/sketch.ts";
import { newestBuckets } from "../../stores/ports/state-algebra.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import { HashHalves } from "../standardize/hash-halves.ts";
import type { TextHash } from "../standardize/standardize.ts";
import type { EntryArena } from "./entry-arena.ts";

/**
 * One field of one member within a batch. Which form it has is up to its field: a sum, count or extreme; the event that is
 * latest or first; places of recent entries in the batch's arena; entries of a sketch; sums by bucket.
 */
export type Cell = Int64 | StandardEvent | number[] | Map<number, Int64>;

/** One field of an entity that the state store keeps. */
export interface StateField {
  readonly name: string;
  readonly event: string;
  /** The cell after one more event of that type; undefined while no event has touched the field. */
  fold(cell: Cell | undefined, event: StandardEvent, arena: EntryArena): Cell | undefined;
  finish(cell: Cell, arena: EntryArena): Mutation;
}

/** The fields of an entity that the state store keeps, in declaration order. */
export function compileStateFields(
  fields: readonly EntityField[],
  events: readonly EventModel[],
  deps: { readonly hash: TextHash },
): readonly StateField[] {
  return fields.flatMap((field): StateField[] => {
    if (field.kind === "recent") return [recentField(field)];
    if (field.kind !== "metric") return [];
    if (!events.some(({ name }) => name === field.metric.event)) return [];
    return [metricField(field, deps.hash)];
  });
}

function metricField(field: MetricField, hash: TextHash): StateField {
  const { metric } = field;
  switch (metric.function) {
    case "count":
    case "sum":
      return metric.window === null ? sumField(field) : windowField(field, metric.window);
    case "min":
    case "max":
      return extremeField(field, metric.function);
    case "latest":
    case "first":
      return attributeField(field, metric.function);
    case "distinct":
      return distinctField(field, hash);
  }
}

type Test = ((values: readonly StandardValue[]) => boolean) | null;

function compileTest(where: Expression | null): Test {
  return where === null ? null : compileExpression(where);
}

/** The measured value; 1 for a count; null where the event says nothing about the metric. */
function measureOf({ metric }: MetricField): (event: StandardEvent) => StandardValue {
  const test = compileTest(metric.where);
  const { field } = metric;
  return ({ values }) => {
    if (test !== null && !test(values)) return null;
    return field === null ? 1 : (values[field] ?? null);
  };
}

function sumField(field: MetricField): StateField {
  const { name, metric } = field;
  const measure = measureOf(field);
  return {
    name,
    event: metric.event,
    fold(cell, event) {
      const amount = measure(event);
      if (typeof amount !== "number") return cell;
      return typeof cell === "number" || typeof cell === "bigint" ? addInt64(cell, amount) : amount;
    },
    finish: (cell) => ({ field: name, operation: "add", amount: cell as Int64 }),
  };
}

function windowField(field: MetricField, { bucketMs, keep }: SlidingWindow): StateField {
  const { name, metric } = field;
  const measure = measureOf(field);
  return {
    name,
    event: metric.event,
    fold(cell, event) {
      const amount = measure(event);
      if (typeof amount !== "number") return cell;
      const buckets = cell instanceof Map ? cell : new Map<number, Int64>();
      const bucket = Math.floor(event.time / bucketMs) * bucketMs;
      return buckets.set(bucket, addInt64(buckets.get(bucket) ?? 0, amount));
    },
    finish: (cell) => ({
      field: name,
      operation: "window",
      keep,
      buckets: newestBuckets(cell as Map<number, Int64>, keep),
    }),
  };
}

function extremeField(field: MetricField, extreme: "min" | "max"): StateField {
  const { name, metric } = field;
  const measure = measureOf(field);
  return {
    name,
    event: metric.event,
    fold(cell, event) {
      const value = measure(event);
      if (typeof value !== "number") return cell;
      if (typeof cell !== "number") return value;
      return extreme === "min" ? Math.min(cell, value) : Math.max(cell, value);
    },
    finish: (cell) => ({ field: name, operation: "greatest", bytes: extremeBytes(extreme, cell as number) }),
  };
}

/** An absent value says nothing: the latest known one stays. */
function attributeField(field: MetricField, which: "latest" | "first"): StateField {
  const { name, metric } = field;
  const measure = measureOf(field);
  const sign = which === "latest" ? 1 : -1;
  const write = which === "latest" ? latestBytes : firstBytes;
  return {
    name,
    event: metric.event,
    fold(cell, event) {
      if (measure(event) === null) return cell;
      return cell === undefined || compareEvents(event, cell as StandardEvent) * sign > 0 ? event : cell;
    },
    finish(cell) {
      const event = cell as StandardEvent;
      return { field: name, operation: "greatest", bytes: write(event, measure(event)) };
    },
  };
}

function distinctField(field: MetricField, hash: TextHash): StateField {
  const { name, metric } = field;
  const halves = new HashHalves();
  const measure = measureOf(field);
  return {
    name,
    event: metric.event,
    fold(cell, event) {
      const value = measure(event);
      if (value === null) return cell;
      const { high, low } = halves.split(hash(canonicalText(value)));
      const entry = sketchEntry(high, low);
      if (cell === undefined) return [entry];
      (cell as number[]).push(entry);
      return cell;
    },
    finish: (cell) => ({ field: name, operation: "registers", sketch: sketchOfEntries(cell as number[]) }),
  };
}

/** The text whose UTF-8 bytes a distinct count hashes. */
export function canonicalText(value: StandardValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function recentField({ name, event: of, keep, where }: RecentField): StateField {
  const test = compileTest(where);
  return {
    name,
    event: of,
    fold(cell, event, arena) {
      if (test !== null && !test(event.values)) return cell;
      const place = arena.add(event);
      if (!Array.isArray(cell)) return [place];
      cell.push(place);
      return cell;
    },
    finish: (cell, arena) => ({
      field: name,
      operation: "recent",
      keep,
      entries: arena.newest(cell as number[], keep),
    }),
  };
}
