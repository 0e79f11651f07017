/** Phase 6: `@timeSeries` types into series models: dimensions, bucket sizes, retention and measures. */
import type { FieldDefinitionNode } from "graphql";
import { graphqlName } from "../expression/describe-type.ts";
import { suggest } from "../expression/suggest.ts";
import type { Metric } from "../model/metric.ts";
import { intervalMs, type Dimension, type Interval, type SeriesModel } from "../model/series.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import type { EventDraft, EventIndex } from "./compile-events.ts";
import { checkDeclaredType, compileMetric, findEvent, type PlacedMetric } from "./compile-metric.ts";
import { placeOf, placeText } from "./diagnostic.ts";
import { argumentNode, hasDirective, itemNode, textOf, textsOf, useOf, type DirectiveUse } from "./directive-use.ts";
import { parseDuration } from "./parse-duration.ts";
import { metricUse } from "./field-directives.ts";

export interface SeriesIndex {
  readonly models: ReadonlyMap<string, SeriesModel>;
  readonly types: ReadonlyMap<string, TypeDeclaration>;
  /** Series whose event or `@timeSeries` is broken. */
  readonly broken: ReadonlySet<string>;
  readonly placed: readonly PlacedMetric[];
}

export function compileSeries(compilation: Compilation, events: EventIndex): SeriesIndex {
  const models = new Map<string, SeriesModel>();
  const types = new Map<string, TypeDeclaration>();
  const broken = new Set<string>();
  const placed: PlacedMetric[] = [];
  for (const domain of compilation.domains) {
    for (const type of domain.types.values()) {
      if (type.kind !== "object" || !hasDirective(type, "timeSeries")) continue;
      const earlier = types.get(type.name);
      if (earlier !== undefined) {
        const reason = `The time series "${type.name}" is declared twice: also at ${placeText(placeOf(earlier.nameNode))}.`;
        compilation.report.add(type.nameNode, reason, "A series has one name over all domains: rename one of them.");
        continue;
      }
      types.set(type.name, type);
      const use = useOf(compilation.uses, type, "timeSeries");
      const event = use === undefined ? undefined : findEvent(textOf(use, "of") ?? "", use, events, compilation);
      if (use === undefined || event === undefined) broken.add(type.name);
      else models.set(type.name, compileOne({ type, domain, use, event }, events, compilation, placed));
    }
  }
  return { models, types, broken, placed };
}

interface Declared {
  readonly type: TypeDeclaration;
  readonly domain: DomainDeclaration;
  readonly use: DirectiveUse;
  readonly event: EventDraft;
}

function compileOne(
  { type, domain, use, event }: Declared,
  events: EventIndex,
  compilation: Compilation,
  placed: PlacedMetric[],
): SeriesModel {
  const dimensions = readDimensions(use, event, compilation);
  const every = readIntervals(use, compilation);
  const measures = type.fields.flatMap((node): readonly Metric[] => {
    const metric = compileField(node, { type, event, dimensions }, events, compilation);
    if (metric === undefined) return [];
    placed.push({ metric, node });
    return [metric];
  });
  checkBucket(type, compilation);
  return {
    name: type.name,
    domain: domain.name,
    description: type.description,
    event: event.model.name,
    dimensions,
    every,
    grainMs: grainOf(every),
    retainMs: readRetention(use, every, compilation),
    measures,
  };
}

function readDimensions(use: DirectiveUse, event: EventDraft, { report }: Compilation): readonly Dimension[] {
  const names = textsOf(use, "by") ?? [];
  if (names.length === 0)
    report.add(argumentNode(use, "by"), "The series has no dimension.", "Name at least one field in by.");
  const found = new Set<string>();
  return names.flatMap((name, i): Dimension[] => {
    const at = itemNode(use, "by", [i]);
    const field = event.model.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      if (event.broken.has(name)) return [];
      const known = event.model.fields.map((candidate) => candidate.name);
      const near = suggest(name, known);
      report.add(
        at,
        `${event.model.name} has no field "${name}".`,
        `${near && `${near} `}Fields: ${known.join(", ")}.`,
      );
      return [];
    }
    if (field.list || field.type.kind === "float") {
      const reason = `"${name}" is a ${field.list ? "list" : "Float"}, which cannot be a dimension.`;
      report.add(at, reason, "Use a field whose values are few and exact: an ID, enum, String or Int.");
      return [];
    }
    const entities = event.model.identifiers.filter((identifier) => identifier.field === field.index);
    const dimension: Dimension =
      entities[0] === undefined
        ? { kind: "field", field: field.index, name, column: `dim_${name}` }
        : { kind: "entity", entity: entities[0].entity, column: `dim_${entities[0].entity}` };
    if (found.has(dimension.column)) {
      const what = dimension.kind === "entity" ? `the entity ${dimension.entity}` : `"${name}"`;
      report.add(at, `The series is already by ${what}.`, "Name each dimension once.");
      return [];
    }
    found.add(dimension.column);
    return [dimension];
  });
}

export function readIntervals(use: DirectiveUse, { report }: Compilation): readonly Interval[] {
  const names = (textsOf(use, "every") ?? []).filter((name): name is Interval => name in intervalMs);
  if (names.length === 0)
    report.add(argumentNode(use, "every"), "No bucket size is named.", "Name some of MINUTE, HOUR, DAY.");
  names.forEach((name, i) => {
    if (names.indexOf(name) < i)
      report.add(itemNode(use, "every", [i]), `${name} is listed twice.`, "Name each size once.");
  });
  return [...new Set(names)].sort((a, b) => intervalMs[a] - intervalMs[b]);
}

export function grainOf(every: readonly Interval[]): number {
  return Math.min(...every.map((interval) => intervalMs[interval]), intervalMs.DAY);
}

function readRetention(use: DirectiveUse, every: readonly Interval[], { report }: Compilation): number | null {
  const text = textOf(use, "retain") ?? "FOREVER";
  if (text === "FOREVER") return null;
  const duration = parseDuration(text);
  if (duration.kind === "invalid") {
    report.add(argumentNode(use, "retain"), duration.reason, `${duration.remedy} Or "FOREVER".`);
    return null;
  }
  const coarsest = every.at(-1) ?? "MINUTE";
  if (duration.ms < intervalMs[coarsest]) {
    const reason = `Rows are kept for ${text}, which is shorter than one ${coarsest} bucket.`;
    report.add(argumentNode(use, "retain"), reason, `Keep them longer, or leave ${coarsest} out of every.`);
  }
  return duration.ms;
}

function checkBucket(type: TypeDeclaration, { report }: Compilation): void {
  const bucket = type.fields.find((node) => node.name.value === "bucket");
  if (bucket === undefined) {
    report.add(type.nameNode, `A row of "${type.name}" does not say its bucket.`, "Add the field bucket: DateTime!.");
  } else if (shapeOf(bucket.type).text !== "DateTime!") {
    report.add(bucket.type, `"bucket" is ${shapeOf(bucket.type).text}.`, "Declare it as bucket: DateTime!.");
  }
}

interface Row {
  readonly type: TypeDeclaration;
  readonly event: EventDraft;
  readonly dimensions: readonly Dimension[];
}

function compileField(
  node: FieldDefinitionNode,
  row: Row,
  events: EventIndex,
  compilation: Compilation,
): Metric | undefined {
  const { report } = compilation;
  const name = node.name.value;
  const use = metricUse(node, compilation);
  if (use === "none") {
    if (name !== "bucket") checkDimensionField(node, row, compilation);
    return undefined;
  }
  if (
    use === "broken" ||
    use.name === "latest" ||
    use.name === "first" ||
    use.name === "recent" ||
    use.name === "series"
  ) {
    return undefined;
  }
  const draft = compileMetric(node, use, events, compilation);
  if (draft === undefined) return undefined;
  if (draft.metric.event !== row.event.model.name) {
    const reason = `"${row.type.name}" is a series of ${row.event.model.name}, but "${name}" measures ${draft.metric.event}.`;
    report.add(
      argumentNode(use, "of"),
      reason,
      `Measure ${row.event.model.name}, or move the field to a series of its own.`,
    );
  }
  if (draft.metric.window !== null) {
    report.add(argumentNode(use, "window"), "A time series has buckets already.", "Leave window off.");
  }
  checkDeclaredType(node, draft, compilation);
  return { ...draft.metric, window: null };
}

function checkDimensionField(node: FieldDefinitionNode, { event, dimensions }: Row, { report }: Compilation): void {
  const name = node.name.value;
  const dimension = dimensions.find((candidate) => candidate.kind === "field" && candidate.name === name);
  const names = dimensions.flatMap((candidate) => (candidate.kind === "field" ? [candidate.name] : []));
  if (dimension?.kind !== "field") {
    const list = names.length === 0 ? "" : `, or name it after a dimension: ${names.join(", ")}`;
    const remedy = `Give it @count, @sum, @min, @max or @distinct${list}.`;
    report.add(node, `"${name}" is neither a measure nor a plain dimension of the series.`, remedy);
    return;
  }
  const field = event.model.fields[dimension.field];
  if (field === undefined) return;
  const right = `${graphqlName(field.type)}${field.nullable ? "" : "!"}`;
  if (shapeOf(node.type).text === right) return;
  report.add(
    node.type,
    `The dimension "${name}" is ${right}, not ${shapeOf(node.type).text}.`,
    `Declare it as ${name}: ${right}.`,
  );
}
