/** Derives the tables of the series store from the domain model: one history table an event, one table an access path. */
import type { Metric } from "../model/metric.ts";
import type { EventField, EventModel } from "../model/event.ts";
import type { PlatformModel } from "../model/platform.ts";
import type { RankingModel, SeriesModel } from "../model/series.ts";

/** Series rows of one partition are keyed by epoch: a fixed range of this many offsets. */
export const EPOCH_OFFSETS = 262_144;

/** DWD of one event. A row is keyed by (partition, offset) and written again it replaces itself. */
export interface HistoryTable {
  readonly kind: "history";
  readonly name: string;
  readonly event: EventModel;
  readonly columns: readonly EventField[];
}

/** Rows keyed by (dimensions, bucket, partition, epoch), absolute values, version `to`. Ordered by dimension, then bucket. */
export interface SeriesTable {
  readonly kind: "series";
  readonly name: string;
  readonly model: SeriesModel;
  readonly grainMs: number;
  readonly dimensions: readonly string[];
  readonly measures: readonly Metric[];
  readonly retainMs: number | null;
}

/** As a series table, but ordered by bucket first and only by the ranked entity: for "the first N in this bucket". */
export interface RankingTable {
  readonly kind: "ranking";
  readonly name: string;
  readonly model: RankingModel;
  readonly series: SeriesModel;
  readonly grainMs: number;
  readonly dimension: string;
  readonly measures: readonly Metric[];
  readonly retainMs: number | null;
}

export type TableLayout = HistoryTable | SeriesTable | RankingTable;

/** Names carry no generation: a store adds it (`g1_series_ConsumerActivity`). */
export function seriesLayout(platform: PlatformModel): readonly TableLayout[] {
  const histories = platform.events.map((event): HistoryTable => ({
    kind: "history",
    name: `dwd_${event.name}`,
    event,
    columns: event.fields,
  }));
  const series = platform.series.map((model): SeriesTable => ({
    kind: "series",
    name: `series_${model.name}`,
    model,
    grainMs: model.grainMs,
    dimensions: model.dimensions.map(({ column }) => column),
    measures: model.measures,
    retainMs: model.retainMs,
  }));
  const rankings = platform.rankings.flatMap((model): RankingTable[] => {
    const of = platform.series.find(({ name }) => name === model.series);
    const dimension = of?.dimensions.find((d) => d.kind === "entity" && d.entity === model.entity);
    if (of === undefined || dimension === undefined) return [];
    return [
      {
        kind: "ranking",
        name: `ranking_${model.name}`,
        model,
        series: of,
        grainMs: model.grainMs,
        dimension: dimension.column,
        measures: of.measures,
        retainMs: of.retainMs,
      },
    ];
  });
  return [...histories, ...series, ...rankings];
}
