/** An entity's part of a time series: one row a bucket that has events, ascending. */
import type { SeriesField } from "../../schema/model/entity.ts";
import type { Dimension, SeriesModel } from "../../schema/model/series.ts";
import type { SeriesPoint } from "../../stores/ports/series-store.ts";
import { MAX_BUCKETS, readBucketRange } from "./bucket-range.ts";
import type { EntityNode } from "./entity-node.ts";
import { inputInvalid } from "./input-invalid.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";

/** One bucket on its way through graphql-js. */
export interface SeriesNode extends SeriesPoint {
  /** Values of the other dimensions by column; absent where there are none. */
  readonly byColumn?: Readonly<Record<string, string>>;
}

/** Takes `every`, `from` and `to`; see {@link readBucketRange} for what they mean. */
export function seriesResolver({ index }: ResolverParts, field: SeriesField, entity: string): Resolver<EntityNode> {
  const { name: table, model } = index.seriesTable(field.series);
  const dimension = model.dimensions.find((candidate) => candidate.kind === "entity" && candidate.entity === entity);
  const topic = index.event(model.event).topic;
  return async (node, args, context): Promise<readonly SeriesNode[]> => {
    const range = readBucketRange(args, model.every, context.now);
    if (range.from === range.to || dimension === undefined) return [];
    const load = { table, dimension: dimension.column, identity: node.identity, ...range };
    const { points, includes } = await context.reads.series.load(load);
    if (includes !== null) context.collector.add([topic], includes);
    if (points.length <= MAX_BUCKETS) return withDimensions(model, dimension, points);
    throw inputInvalid(
      `The answer would hold more than ${MAX_BUCKETS} buckets.`,
      "Ask for a shorter range or larger buckets.",
    );
  };
}

function withDimensions(model: SeriesModel, by: Dimension, points: readonly SeriesPoint[]): readonly SeriesNode[] {
  const others = model.dimensions.filter((dimension) => dimension !== by).map(({ column }) => column);
  if (others.length === 0) return points;
  return points.map((point) => {
    const named = others.map((column, i): [string, string] => [column, point.dimensions[i] ?? ""]);
    return { ...point, byColumn: Object.fromEntries(named) };
  });
}
