/** The domain model by name: the look-ups that resolvers and loaders make, prepared once. */
import { Kind } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { seriesLayout, type RankingTable, type SeriesTable } from "../../schema/layout/series-layout.ts";
import { identifierKey } from "../../schema/model/entity-key.ts";
import type { EntityField, EntityModel } from "../../schema/model/entity.ts";
import type { EventModel } from "../../schema/model/event.ts";
import type { MetricFunction } from "../../schema/model/metric.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { SeriesModel } from "../../schema/model/series.ts";
import type { StandardValue } from "../../schema/model/value.ts";

export interface ModelIndex {
  readonly platform: PlatformModel;
  /** The entity that a GraphQL type or interface stands for. */
  entityOf(typeName: string): EntityModel | undefined;
  entity(name: string): EntityModel;
  event(name: string): EventModel;
  seriesTable(series: string): SeriesTable;
  rankingTable(ranking: string): RankingTable;
  /** The fields of a series' row type that hold its measures, in the measures' order. */
  measureFields(series: SeriesModel): readonly string[];
  /** The topics whose events make an entity exist. */
  topicsOf(entity: EntityModel): readonly string[];
  /** The topic behind a state field; null: it is not kept in the state store. */
  topicOfField(field: EntityField): string | null;
  /** The typed identifier in an event field that points to an entity; null where the value is null. */
  keyOf(pointer: EntityPointer, value: StandardValue): string | null;
}

/** An event field whose value identifies an entity. */
export interface EntityPointer {
  readonly event: string;
  readonly field: number;
  readonly entity: string;
}

export function createModelIndex(platform: PlatformModel): ModelIndex {
  const events = new Map(platform.events.map((event) => [event.name, event]));
  const entities = new Map(platform.entities.map((entity) => [entity.name, entity]));
  const byType = new Map(platform.entities.flatMap((entity) => typesOf(entity).map((type) => [type, entity])));
  const tables = new Map(seriesLayout(platform).map((table) => [`${table.kind}/${tableOwner(table)}`, table]));
  const topics = new Map(platform.entities.map(({ name }) => [name, identifyingTopics(platform, name)]));

  const measures = new Map(platform.series.map((series) => [series.name, measureFields(platform, series)]));

  const event = (name: string): EventModel => known(events.get(name), `event ${name}`);
  return {
    platform,
    entityOf: (type) => byType.get(type),
    entity: (name) => known(entities.get(name), `entity ${name}`),
    event,
    seriesTable: (name) => known(tables.get(`series/${name}`), `series ${name}`) as SeriesTable,
    rankingTable: (name) => known(tables.get(`ranking/${name}`), `ranking ${name}`) as RankingTable,
    measureFields: (series) => measures.get(series.name) ?? [],
    topicsOf: (entity) => topics.get(entity.name) ?? [],
    topicOfField(field) {
      if (field.kind === "metric") return event(field.metric.event).topic;
      return field.kind === "recent" ? event(field.event).topic : null;
    },
    keyOf(pointer, value) {
      if (value === null || typeof value === "object") return null;
      const identifier = event(pointer.event).identifiers.find(
        (candidate) => candidate.field === pointer.field && candidate.entity === pointer.entity,
      );
      return identifierKey(
        known(identifier, `identifier of ${pointer.entity} in ${pointer.event}`).type,
        String(value),
      );
    },
  };
}

function typesOf(entity: EntityModel): readonly string[] {
  return [entity.name, ...Object.values(entity.concrete?.types ?? {})];
}

function tableOwner(table: ReturnType<typeof seriesLayout>[number]): string {
  return table.kind === "history" ? table.event.name : table.model.name;
}

/** A measure may be named otherwise over all domains than its field: they meet by their order in the declaration. */
function measureFields(platform: PlatformModel, series: SeriesModel): readonly string[] {
  const document = platform.domains.find(({ name }) => name === series.domain)?.document;
  const fields = (document?.definitions ?? []).flatMap((node) => {
    const isRow = node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
    return isRow && node.name.value === series.name ? (node.fields ?? []) : [];
  });
  return fields
    .filter(({ directives }) => directives?.some(({ name }) => measureDirectives.includes(name.value)))
    .map(({ name }) => name.value);
}

const measureDirectives: readonly string[] = ["count", "sum", "min", "max", "distinct"] satisfies MetricFunction[];

function identifyingTopics(platform: PlatformModel, entity: string): readonly string[] {
  const events = platform.events.filter(({ identifiers }) => identifiers.some((id) => id.entity === entity));
  return [...new Set(events.map(({ topic }) => topic))];
}

/** The compiler checked all names: a missing one is a fault of ours. */
function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new OnefoldError("INTERNAL", `The domain model has no ${what}.`);
  return value;
}
