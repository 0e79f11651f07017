/** Time-series models: standard events of one partition come in; rows with absolute values over the open epoch go out. */
import { compileExpression } from "../../schema/expression/compile-expression.ts";
import { EPOCH_OFFSETS, type RankingTable, type SeriesTable } from "../../schema/layout/series-layout.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import type { Dimension } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { BucketRow, MeasureValue } from "../../stores/ports/series-store.ts";
import { sketchOfHash } from "../../stores/ports/sketch.ts";
import type { TextHash } from "../standardize/standardize.ts";
import { BucketColumns } from "./bucket-columns.ts";
import { carrierOf, carriersOf } from "./state-model.ts";
import { canonicalText } from "./state-steps.ts";

/** The first offset of the epoch that an offset falls into. */
export function epochStart(offset: number): number {
  return offset - (offset % EPOCH_OFFSETS);
}

/** No bucket yet. */
const NONE = -1;

export type BucketTable = SeriesTable | RankingTable;

interface TablePlan {
  readonly table: BucketTable;
  readonly dimensions: readonly ((event: StandardEvent) => string | null)[];
  readonly measures: readonly MeasurePlan[];
}

interface MeasurePlan {
  readonly metric: Metric;
  readonly test: ((values: readonly StandardValue[]) => boolean) | null;
}

interface TableState {
  readonly plan: TablePlan;
  readonly buckets: BucketColumns;
  /** Rows of epochs that ended since the last flush. */
  finished: BucketRow[];
}

/** Which tables one event type feeds, compiled once and shared by all partitions. */
export interface SeriesModelPlans {
  readonly tables: readonly TablePlan[];
  readonly byEvent: ReadonlyMap<EventModel, readonly number[]>;
  readonly hash: TextHash;
}

export function compileSeriesModel(
  platform: { readonly events: readonly EventModel[] },
  tables: readonly BucketTable[],
  deps: { readonly hash: TextHash },
): SeriesModelPlans {
  const byEvent = new Map<EventModel, number[]>();
  const plans = tables.map((table, index): TablePlan => {
    const series = table.kind === "series" ? table.model : table.series;
    const event = platform.events.find(({ name }) => name === series.event);
    if (event === undefined) throw new TypeError(`The series ${series.name} is of the unknown event ${series.event}.`);
    byEvent.set(event, [...(byEvent.get(event) ?? []), index]);
    const kept =
      table.kind === "series" ? series.dimensions : series.dimensions.filter((d) => d.column === table.dimension);
    return {
      table,
      dimensions: kept.map((dimension) => readDimension(dimension, event)),
      measures: table.measures.map((metric) => ({
        metric,
        test: metric.where === null ? null : compileExpression(metric.where),
      })),
    };
  });
  return { tables: plans, byEvent, hash: deps.hash };
}

/** An event without the entity is in no row of its series; an absent field value is the empty text. */
function readDimension(dimension: Dimension, event: EventModel): (event: StandardEvent) => string | null {
  if (dimension.kind === "entity") {
    const carriers = carriersOf(event, dimension.entity);
    return (of) => carrierOf(carriers, of);
  }
  return (of) => {
    const value = of.values[dimension.field] ?? null;
    return value === null ? "" : canonicalText(value);
  };
}

/** Holds the partial sums of one partition's open epoch: bounded by {@link EPOCH_OFFSETS} buckets a table. */
export class SeriesAccumulator {
  readonly #plans: SeriesModelPlans;
  readonly #partition: number;
  readonly #states: readonly TableState[];
  #epoch = 0;
  #dirtyRows = 0;

  constructor(plans: SeriesModelPlans, partition: number) {
    this.#plans = plans;
    this.#partition = partition;
    this.#states = plans.tables.map((plan) => ({
      plan,
      buckets: new BucketColumns(
        plan.measures.map(({ metric }) => metric),
        plan.dimensions.length,
      ),
      finished: [],
    }));
  }

  /** How many rows wait to be flushed. */
  get dirtyRows(): number {
    return this.#dirtyRows;
  }

  /** Adds an event, in offset order. `stored`: the store already includes it, so that its rows need no writing. */
  add(event: StandardEvent, stored: boolean): void {
    const epoch = epochStart(event.offset);
    if (epoch !== this.#epoch) this.#endEpoch(epoch);
    for (const index of this.#plans.byEvent.get(event.model) ?? []) {
      const state = this.#states[index];
      if (state !== undefined) this.#addTo(state, event, stored);
    }
  }

  #addTo(state: TableState, event: StandardEvent, stored: boolean): void {
    const { plan } = state;
    const dimensions: string[] = [];
    for (const read of plan.dimensions) {
      const value = read(event);
      if (value === null) return;
      dimensions.push(value);
    }
    const start = Math.floor(event.time / plan.table.grainMs) * plan.table.grainMs;
    let bucket = NONE;
    for (let i = 0; i < plan.measures.length; i++) {
      const measure = plan.measures[i];
      if (measure === undefined || (measure.test !== null && !measure.test(event.values))) continue;
      const value = this.#measure(measure.metric, event);
      if (value === null) continue;
      if (bucket === NONE) bucket = state.buckets.bucket(dimensions, start);
      state.buckets.combine(bucket, i, value);
    }
    if (bucket !== NONE && !stored && state.buckets.markDirty(bucket)) this.#dirtyRows++;
  }

  #measure(metric: Metric, event: StandardEvent): MeasureValue {
    if (metric.field === null) return 1;
    const value = event.values[metric.field] ?? null;
    if (value === null) return null;
    if (metric.function === "distinct") return sketchOfHash(this.#plans.hash(canonicalText(value)));
    return typeof value === "number" ? value : null;
  }

  /** Takes the rows that changed since the last call. `to` is the first offset that they do not include. */
  takeRows(to: number): readonly { readonly table: string; readonly rows: readonly BucketRow[] }[] {
    this.#dirtyRows = 0;
    return this.#states.flatMap((state) => {
      const rows = [...state.finished, ...this.#closeDirty(state, to)];
      state.finished = [];
      return rows.length === 0 ? [] : [{ table: state.plan.table.name, rows }];
    });
  }

  #endEpoch(next: number): void {
    const to = this.#epoch + EPOCH_OFFSETS;
    for (const state of this.#states) {
      for (const row of this.#closeDirty(state, to)) state.finished.push(row);
      state.buckets.clear();
    }
    this.#epoch = next;
  }

  #closeDirty(state: TableState, to: number): readonly BucketRow[] {
    return state.buckets.takeDirty({ partition: this.#partition, epoch: this.#epoch / EPOCH_OFFSETS, to });
  }
}
