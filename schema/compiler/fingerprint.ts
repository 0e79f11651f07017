/** A short hash of everything in the domain model that decides what is stored. */
import { createHash } from "node:crypto";
import { expressionText } from "../expression/expression-text.ts";
import type { Expression } from "../expression/expression.ts";
import type { EntityField, EntityModel } from "../model/entity.ts";
import type { EventModel } from "../model/event.ts";
import type { Metric } from "../model/metric.ts";
import type { PlatformModel } from "../model/platform.ts";
import type { RankingModel, SeriesModel } from "../model/series.ts";

/**
 * 16 hexadecimal digits. Left out is what can change without a replay: descriptions, owners, places, the order of files,
 * custom fields, nullability in the graph, `late` (only counted), the limit of `first`.
 */
export function fingerprint(platform: Omit<PlatformModel, "fingerprint">): string {
  const parts = [
    platform.sources.map(({ name, csvColumns }) => [name, csvColumns]).sort(byName),
    platform.events.map(eventPart).sort(byName),
    platform.entities.map(entityPart).sort(byName),
    platform.series.map(seriesPart).sort(byName),
    platform.rankings.map(rankingPart).sort(byName),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/** Every part starts with its name. */
function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}

function eventPart(event: EventModel): readonly unknown[] {
  return [
    event.name,
    event.source,
    event.match.map(({ path, equals }) => [path, equals]),
    event.fields.map((field) => [
      field.name,
      field.type,
      field.list,
      field.nullable,
      field.path,
      field.defaultValue ?? null,
      field.timeUnit,
      field.map && Object.entries(field.map).sort(byName),
      field.normalize,
      field.assertions,
    ]),
    [event.idField, event.keyField, event.timeField, event.futureMs],
    event.assertions.map(({ rule, expression }) => [rule, expressionText(expression)]),
    event.identifiers.map(({ entity, type, field }) => [entity, type, field]),
  ];
}

function entityPart(entity: EntityModel): readonly unknown[] {
  return [
    entity.name,
    entity.identifiers.map(({ type, strong, maxEntities }) => [type, strong, maxEntities]),
    entity.fields.flatMap((field) => fieldPart(field)).sort(byName),
  ];
}

function fieldPart(field: EntityField): readonly (readonly unknown[])[] {
  switch (field.kind) {
    case "metric":
      return [[field.name, field.on, ...metricPart(field.metric)]];
    case "recent":
      return [[field.name, field.on, "recent", field.event, field.keep, wherePart(field.where)]];
    case "series":
    case "custom":
      return [];
  }
}

/** The name of a metric is not stored; the name of its field is. */
function metricPart(metric: Metric): readonly unknown[] {
  const window = metric.window && [metric.window.lengthMs, metric.window.bucketMs, metric.window.keep];
  return [metric.function, metric.event, metric.field, metric.type, wherePart(metric.where), window];
}

function wherePart(where: Expression | null): string | null {
  return where && expressionText(where);
}

function seriesPart(series: SeriesModel): readonly unknown[] {
  return [
    series.name,
    series.event,
    series.dimensions.map((dimension) => dimension.column),
    series.grainMs,
    series.retainMs,
    series.measures.map((metric) => [metric.name, ...metricPart(metric)]),
  ];
}

function rankingPart(ranking: RankingModel): readonly unknown[] {
  return [ranking.name, ranking.series, ranking.grainMs, ranking.entity];
}
