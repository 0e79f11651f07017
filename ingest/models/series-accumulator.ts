/** Time-series models: standard events of one partition come in; rows with absolute values over the open epoch go out. */
import { compileExpression } from "../../schema/expression/compile-expression.ts";
import { EPOCH_OFFSETS, type RankingTable, type SeriesTable } from "../../schema/layout/series-layout.ts";
import { identifierKey } from "../../schema/model/entity-key.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import type { Dimension, SeriesModel } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { MeasureValue } from "../../stores/ports/series-store.ts";
import { sketchOfHash } from "../../stores/ports/sketch.ts";
import type { TextHash } from "../standardize/standardize.ts";
import { BucketColumns } from "./bucket-columns.ts";
import { carrierOf, carriersOf } from "./state-model.ts";
import { canonicalText } from "./state-fields.ts";
import type { TakenBuckets } from "./taken-buckets.ts";
import { TextNumbers } from "./text-numbers.ts";

/** The first offset of the epoch that an offset falls into. */
export function epochStart(offset: number): number {
  return offset - (offset % EPOCH_OFFSETS);
}

/** No bucket yet. */
const NONE = -1;
/** The event has no value for a dimension. */
const ABSENT = -1;

export type BucketTable = SeriesTable | RankingTable;

/** A dimension of one event type: read once an event, whatever tables it is in. */
interface ColumnPlan {
  readonly column: string;
  /** The number of the event's value, or ABSENT: the event is in no row of a table with this dimension. */
  readonly read: (event: StandardEvent, texts: TextNumbers) => number;
}

interface TablePlan {
  readonly table: BucketTable;
  /** Index into the event's columns, one a dimension. */
  readonly dimensions: readonly number[];
  readonly measures: readonly MeasurePlan[];
}

interface MeasurePlan {
  readonly metric: Metric;
  readonly test: ((values: readonly StandardValue[]) => boolean) | null;
}

interface TableState {
  readonly plan: TablePlan;
  readonly buckets: BucketColumns;
  /** The numbers of its dimensions' texts. */
  readonly texts: readonly TextNumbers[];
  /** Rows of epochs that ended since the last flush. */
  finished: TakenBuckets[];
}

/** What one event type feeds. */
interface EventPlan {
  readonly event: EventModel;
  readonly columns: readonly ColumnPlan[];
  readonly tables: readonly TablePlan[];
}

/** Which tables the event types feed, compiled once and shared by all partitions. */
export interface SeriesModelPlans {
  readonly events: readonly EventPlan[];
  readonly hash: TextHash;
}

export function compileSeriesModel(
  platform: { readonly events: readonly EventModel[] },
  tables: readonly BucketTable[],
  deps: { readonly hash: TextHash },
): SeriesModelPlans {
  const seriesOf = (table: BucketTable): SeriesModel => (table.kind === "series" ? table.model : table.series);
  const events = platform.events.flatMap((event): EventPlan[] => {
    const own = tables.filter((table) => seriesOf(table).event === event.name);
    if (own.length === 0) return [];
    const columns: ColumnPlan[] = [];
    const plans = own.map((table): TablePlan => {
      const { dimensions } = seriesOf(table);
      const kept = table.kind === "series" ? dimensions : dimensions.filter((d) => d.column === table.dimension);
      return {
        table,
        dimensions: kept.map((dimension) => columnOf(columns, dimension, event)),
        measures: table.measures.map((metric) => ({
          metric,
          test: metric.where === null ? null : compileExpression(metric.where),
        })),
      };
    });
    return [{ event, columns, tables: plans }];
  });
  return { events, hash: deps.hash };
}

/** The index of the dimension's column, added if no table before had it. */
function columnOf(columns: ColumnPlan[], dimension: Dimension, event: EventModel): number {
  const known = columns.findIndex(({ column }) => column === dimension.column);
  if (known >= 0) return known;
  return columns.push({ column: dimension.column, read: readDimension(dimension, event) }) - 1;
}

/** An event without the entity is in no row of its series; an absent field value is the empty text. */
function readDimension(dimension: Dimension, event: EventModel): ColumnPlan["read"] {
  if (dimension.kind === "entity") {
    const carriers = carriersOf(event, dimension.entity).map((carrier) => ({
      ...carrier,
      prefix: identifierKey(carrier.type, ""),
    }));
    return (of, texts) => {
      const carrier = carrierOf(carriers, of);
      return carrier === null ? ABSENT : texts.numberOf(carrier.prefix, String(of.values[carrier.field]));
    };
  }
  return (of, texts) => {
    const value = of.values[dimension.field] ?? null;
    return texts.numberOf("", value === null ? "" : canonicalText(value));
  };
}

/** One event type's part of an accumulator. */
interface EventState {
  readonly plan: EventPlan;
  /** One a column. */
  readonly texts: readonly TextNumbers[];
  /** The numbers of the current event's dimension values, one a column; ABSENT where it has none. */
  readonly numbers: number[];
  readonly tables: readonly TableState[];
}

/** Holds the partial sums of one partition's open epoch: bounded by {@link EPOCH_OFFSETS} buckets a table. */
export class SeriesAccumulator {
  readonly #hash: TextHash;
  readonly #partition: number;
  readonly #states: ReadonlyMap<EventModel, EventState>;
  readonly #place: number[] = [];
  #epoch = 0;
  #dirtyRows = 0;

  constructor(plans: SeriesModelPlans, partition: number) {
    this.#hash = plans.hash;
    this.#partition = partition;
    this.#states = new Map(plans.events.map((plan) => [plan.event, openState(plan)]));
  }

  /** How many rows wait to be flushed. */
  get dirtyRows(): number {
    return this.#dirtyRows;
  }

  /** Adds an event, in offset order. `stored`: the store already includes it, so that its rows need no writing. */
  add(event: StandardEvent, stored: boolean): void {
    const epoch = epochStart(event.offset);
    if (epoch !== this.#epoch) this.#endEpoch(epoch);
    const state = this.#states.get(event.model);
    if (state === undefined) return;
    const { columns } = state.plan;
    for (let i = 0; i < columns.length; i++) {
      const texts = state.texts[i];
      if (texts !== undefined) state.numbers[i] = columns[i]?.read(event, texts) ?? ABSENT;
    }
    for (const table of state.tables) this.#addTo(table, event, { numbers: state.numbers, stored });
  }

  #addTo(
    state: TableState,
    event: StandardEvent,
    of: { readonly numbers: readonly number[]; readonly stored: boolean },
  ): void {
    const { plan } = state;
    const place = this.#place;
    for (let i = 0; i < plan.dimensions.length; i++) {
      const number = of.numbers[plan.dimensions[i] ?? 0] ?? ABSENT;
      if (number === ABSENT) return;
      place[i] = number;
    }
    const start = Math.floor(event.time / plan.table.grainMs) * plan.table.grainMs;
    let bucket = NONE;
    for (let i = 0; i < plan.measures.length; i++) {
      const measure = plan.measures[i];
      if (measure === undefined || (measure.test !== null && !measure.test(event.values))) continue;
      const value = this.#measure(measure.metric, event);
      if (value === null) continue;
      if (bucket === NONE) bucket = state.buckets.bucket(place, start);
      state.buckets.combine(bucket, i, value);
    }
    if (bucket !== NONE && !of.stored && state.buckets.markDirty(bucket)) this.#dirtyRows++;
  }

  #measure(metric: Metric, event: StandardEvent): MeasureValue {
    if (metric.field === null) return 1;
    const value = event.values[metric.field] ?? null;
    if (value === null) return null;
    if (metric.function === "distinct") return sketchOfHash(this.#hash(canonicalText(value)));
    return typeof value === "number" ? value : null;
  }

  /** Takes the rows that changed since the last call. `to` is the first offset that they do not include. */
  takeRows(to: number): readonly { readonly table: string; readonly rows: TakenBuckets }[] {
    this.#dirtyRows = 0;
    return this.#tables().flatMap((state) => {
      const taken = [...state.finished, this.#takeDirty(state, to)].filter(({ length }) => length > 0);
      state.finished = [];
      return taken.map((rows) => ({ table: state.plan.table.name, rows }));
    });
  }

  #tables(): readonly TableState[] {
    return [...this.#states.values()].flatMap(({ tables }) => tables);
  }

  #endEpoch(next: number): void {
    const to = this.#epoch + EPOCH_OFFSETS;
    for (const state of this.#tables()) {
      state.finished.push(this.#takeDirty(state, to));
      state.buckets.clear();
    }
    for (const { texts } of this.#states.values()) for (const of of texts) of.clear();
    this.#epoch = next;
  }

  #takeDirty({ buckets, texts }: TableState, to: number): TakenBuckets {
    return buckets.takeDirty({ partition: this.#partition, epoch: this.#epoch / EPOCH_OFFSETS, to }, texts);
  }
}

function openState(plan: EventPlan): EventState {
  const texts = plan.columns.map(() => new TextNumbers());
  const tables = plan.tables.map((table): TableState => {
    const metrics = table.measures.map(({ metric }) => metric);
    return {
      plan: table,
      buckets: new BucketColumns(metrics, table.dimensions.length),
      texts: table.dimensions.map((column) => texts[column] ?? new TextNumbers()),
      finished: [],
    };
  });
  return { plan, texts, numbers: plan.columns.map(() => ABSENT), tables };
}
