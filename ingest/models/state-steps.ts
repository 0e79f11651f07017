/** The steps by which one event enters one field: combined as plain numbers and events, turned into bytes once a batch. */
import { compileExpression } from "../../schema/expression/compile-expression.ts";
import type { Expression } from "../../schema/expression/expression.ts";
import type { EntityField, MetricField, RecentField } from "../../schema/model/entity.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import { addInt64, type Int64, type StandardValue } from "../../schema/model/value.ts";
import { compareEvents, extremeBytes, firstBytes, latestBytes, recentEntry } from "../../stores/ports/model-values.ts";
import { mergeSketches, sketchOfHash } from "../../stores/ports/sketch.ts";
import { newestBuckets } from "../../stores/ports/state-algebra.ts";
import type { Mutation } from "../../stores/ports/state-value.ts";
import type { TextHash } from "../standardize/standardize.ts";

/** One field of one member within a batch, not yet in the store's form. */
export type Cell =
  | { readonly kind: "add"; readonly field: string; amount: Int64 }
  | { readonly kind: "extreme"; readonly field: string; readonly extreme: "min" | "max"; value: number }
  | {
      readonly kind: "attribute";
      readonly field: string;
      readonly which: "latest" | "first";
      event: StandardEvent;
      value: StandardValue;
    }
  | { readonly kind: "recent"; readonly field: string; readonly keep: number; readonly events: StandardEvent[] }
  | { readonly kind: "registers"; readonly field: string; sketch: Uint8Array }
  | { readonly kind: "window"; readonly field: string; readonly keep: number; readonly buckets: Map<number, Int64> };

export interface Step {
  apply(cells: (Cell | undefined)[], event: StandardEvent): void;
}

/** The steps of all fields of an entity that an event type feeds. A field's slot is its place among the entity's fields. */
export function compileSteps(
  fields: readonly EntityField[],
  event: EventModel,
  deps: { readonly hash: TextHash },
): readonly Step[] {
  return fields.flatMap((field, slot) => {
    if (field.kind === "metric" && field.metric.event === event.name) return [metricStep(field, slot, deps.hash)];
    if (field.kind === "recent" && field.event === event.name) return [recentStep(field, slot)];
    return [];
  });
}

type Test = ((values: readonly StandardValue[]) => boolean) | null;

function compileTest(where: Expression | null): Test {
  return where === null ? null : compileExpression(where);
}

function metricStep(field: MetricField, slot: number, hash: TextHash): Step {
  const { metric, name } = field;
  const test = compileTest(metric.where);
  const measured = metric.field;
  switch (metric.function) {
    case "count":
    case "sum":
      return metric.window === null
        ? addStep({ field: name, slot, test, measured })
        : windowStep({ field: name, slot, test, measured }, metric.window);
    case "min":
    case "max":
      return extremeStep({ field: name, slot, test, measured }, metric.function);
    case "latest":
    case "first":
      return attributeStep({ field: name, slot, test, measured }, metric.function);
    case "distinct":
      return distinctStep({ field: name, slot, test, measured }, hash);
  }
}

interface StepSpec {
  readonly field: string;
  readonly slot: number;
  readonly test: Test;
  /** Index of the measured field; null: each event counts 1. */
  readonly measured: number | null;
}

function amountOf(event: StandardEvent, measured: number | null): number {
  if (measured === null) return 1;
  const value = event.values[measured];
  return typeof value === "number" ? value : 0;
}

function addStep({ field, slot, test, measured }: StepSpec): Step {
  return {
    apply(cells, event) {
      if (test !== null && !test(event.values)) return;
      const cell = cells[slot];
      const amount = amountOf(event, measured);
      if (cell?.kind === "add") cell.amount = addInt64(cell.amount, amount);
      else cells[slot] = { kind: "add", field, amount };
    },
  };
}

function windowStep(
  { field, slot, test, measured }: StepSpec,
  window: { readonly bucketMs: number; readonly keep: number },
): Step {
  return {
    apply(cells, event) {
      if (test !== null && !test(event.values)) return;
      let cell = cells[slot];
      if (cell?.kind !== "window")
        cells[slot] = cell = { kind: "window", field, keep: window.keep, buckets: new Map() };
      const bucket = Math.floor(event.time / window.bucketMs) * window.bucketMs;
      cell.buckets.set(bucket, addInt64(cell.buckets.get(bucket) ?? 0, amountOf(event, measured)));
    },
  };
}

function extremeStep({ field, slot, test, measured }: StepSpec, extreme: "min" | "max"): Step {
  return {
    apply(cells, event) {
      const value = event.values[measured ?? -1];
      if (typeof value !== "number" || (test !== null && !test(event.values))) return;
      const cell = cells[slot];
      if (cell?.kind !== "extreme") cells[slot] = { kind: "extreme", field, extreme, value };
      else cell.value = extreme === "min" ? Math.min(cell.value, value) : Math.max(cell.value, value);
    },
  };
}

/** An absent value says nothing: the latest known one stays. */
function attributeStep({ field, slot, test, measured }: StepSpec, which: "latest" | "first"): Step {
  const sign = which === "latest" ? 1 : -1;
  return {
    apply(cells, event) {
      const value = event.values[measured ?? -1] ?? null;
      if (value === null || (test !== null && !test(event.values))) return;
      const cell = cells[slot];
      if (cell?.kind !== "attribute") cells[slot] = { kind: "attribute", field, which, event, value };
      else if (compareEvents(event, cell.event) * sign > 0) {
        cell.event = event;
        cell.value = value;
      }
    },
  };
}

function distinctStep({ field, slot, test, measured }: StepSpec, hash: TextHash): Step {
  return {
    apply(cells, event) {
      const value = event.values[measured ?? -1] ?? null;
      if (value === null || (test !== null && !test(event.values))) return;
      const sketch = sketchOfHash(hash(canonicalText(value)));
      const cell = cells[slot];
      if (cell?.kind === "registers") cell.sketch = mergeSketches(cell.sketch, sketch);
      else cells[slot] = { kind: "registers", field, sketch };
    },
  };
}

/** The text whose UTF-8 bytes a distinct count hashes. */
export function canonicalText(value: StandardValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function recentStep({ name, keep, where }: RecentField, slot: number): Step {
  const test = compileTest(where);
  return {
    apply(cells, event) {
      if (test !== null && !test(event.values)) return;
      const cell = cells[slot];
      if (cell?.kind === "recent") cell.events.push(event);
      else cells[slot] = { kind: "recent", field: name, keep, events: [event] };
    },
  };
}

/** Puts a finished cell into the store's form. */
export function finishCell(cell: Cell): Mutation {
  const { field } = cell;
  switch (cell.kind) {
    case "add":
      return { field, operation: "add", amount: cell.amount };
    case "extreme":
      return { field, operation: "greatest", bytes: extremeBytes(cell.extreme, cell.value) };
    case "attribute": {
      const write = cell.which === "latest" ? latestBytes : firstBytes;
      return { field, operation: "greatest", bytes: write(cell.event, cell.value) };
    }
    case "recent":
      return { field, operation: "recent", keep: cell.keep, entries: newestEvents(cell).map(recentEntry) };
    case "registers":
      return { field, operation: "registers", sketch: cell.sketch };
    case "window":
      return { field, operation: "window", keep: cell.keep, buckets: newestBuckets(cell.buckets, cell.keep) };
  }
}

/** Newest first. An event that came back after the dedupe window is one entry, as it is when another batch brings it. */
function newestEvents({ events, keep }: Extract<Cell, { readonly kind: "recent" }>): readonly StandardEvent[] {
  if (events.length < 2) return events;
  const newest: StandardEvent[] = [];
  for (const event of events.sort((a, b) => compareEvents(b, a))) {
    if (newest.length === keep) break;
    const last = newest.at(-1);
    if (last === undefined || compareEvents(last, event) !== 0) newest.push(event);
  }
  return newest;
}
