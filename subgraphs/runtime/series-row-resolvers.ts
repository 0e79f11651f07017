/** The fields of a time series' row: its measures, and its dimensions beside the one that it is read by. */
import type { SeriesModel } from "../../schema/model/series.ts";
import type { ScalarType } from "../../schema/model/value.ts";
import type { SeriesPoint } from "../../stores/ports/series-store.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { serializeValue } from "./serialize-value.ts";
import type { SeriesNode } from "./series-resolver.ts";

type Fields<Parent> = Readonly<Record<string, Resolver<Parent>>>;

/** `bucket` resolves by itself. */
export function seriesRowResolvers({ index }: ResolverParts, series: SeriesModel): Fields<SeriesNode> {
  const { fields } = index.event(series.event);
  const resolvers: Record<string, Resolver<SeriesNode>> = {};
  for (const dimension of series.dimensions) {
    if (dimension.kind === "entity") continue;
    const type = fields[dimension.field]?.type ?? { kind: "string" };
    resolvers[dimension.name] = (row) => readDimension(type, row.byColumn?.[dimension.column]);
  }
  return { ...resolvers, ...measureResolvers(series, index.measureFields(series)) };
}

/** The measures of rows of a series, or of a list ranked from it; under their metric's name where no field is named. */
export function measureResolvers(
  series: SeriesModel,
  fields: readonly string[],
): Fields<Pick<SeriesPoint, "measures">> {
  const resolvers: Record<string, Resolver<Pick<SeriesPoint, "measures">>> = {};
  series.measures.forEach(({ name, type }, i) => {
    resolvers[fields[i] ?? name] = (row) => serializeValue(type, row.measures[i] ?? null);
  });
  return resolvers;
}

/** Dimensions are kept as text. */
function readDimension(type: ScalarType, text: string | undefined): unknown {
  if (text === undefined) return null;
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
