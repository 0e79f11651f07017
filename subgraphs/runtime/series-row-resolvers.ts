/** The fields of a time series' row: its measures, and its dimensions beside the one that it is read by. */
import type { Dimension, SeriesModel } from "../../schema/model/series.ts";
import type { ScalarType } from "../../schema/model/value.ts";
import type { SeriesPoint } from "../../stores/ports/series-store.ts";
import { loadNode } from "./entity-node.ts";
import type { ModelIndex } from "./model-index.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { serializeValue } from "./serialize-value.ts";
import type { SeriesNode } from "./series-resolver.ts";

type Fields<Parent> = Readonly<Record<string, Resolver<Parent>>>;

/** `bucket` resolves by itself. */
export function seriesRowResolvers(parts: ResolverParts, series: SeriesModel): Fields<SeriesNode> {
  const dimensions = series.dimensions.map((dimension): [string, Resolver<SeriesNode>] => [
    dimension.kind === "field" ? dimension.name : dimension.column,
    dimensionResolver(parts, series, dimension),
  ]);
  return { ...Object.fromEntries(dimensions), ...measureResolvers(parts.index, series) };
}

/** The measures of rows of a series, or of a list ranked from it. */
export function measureResolvers(
  index: ModelIndex,
  series: SeriesModel,
): Fields<Pick<SeriesPoint, "measures">> {
  const fields = index.measureFields(series);
  const resolvers = series.measures.map(({ name, type }, i): [string, Resolver<Pick<SeriesPoint, "measures">>] => [
    fields[i] ?? name,
    (row) => serializeValue(type, row.measures[i] ?? null),
  ]);
  return Object.fromEntries(resolvers);
}

function dimensionResolver(parts: ResolverParts, series: SeriesModel, dimension: Dimension): Resolver<SeriesNode> {
  const { column } = dimension;
  if (dimension.kind === "entity") {
    const entity = parts.index.entity(dimension.entity);
    return (row, _args, context, info) => {
      const key = row.byColumn?.[column];
      if (key === undefined || key === "") return null;
      return loadNode(context, { entity, key, selection: parts.selectionOf(info, entity), mustExist: false });
    };
  }
  const type = parts.index.event(series.event).fields[dimension.field]?.type;
  return (row) => {
    const text = row.byColumn?.[column];
    return text === undefined || type === undefined ? null : readDimension(type, text);
  };
}

/** Dimensions are kept as text. */
function readDimension(type: ScalarType, text: string): unknown {
  switch (type.kind) {
    case "id":
    case "string":
    case "enum":
      return text;
    case "int":
    case "long":
    case "float":
    case "dateTime":
      return Number(text);
    case "decimal":
      return serializeValue(type, Number(text));
    case "boolean":
      return text === "true";
  }
}
