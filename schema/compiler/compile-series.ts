/** Phase 6: `@timeSeries` types into series models: dimensions, bucket sizes, retention and measures. */
import type { FieldDefinitionNode } from "graphql";
import { graphqlName } from "../expression/describe-type.ts";
import type { Metric } from "../model/metric.ts";
import type { Dimension, SeriesModel } from "../model/series.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { hasBrokenDirective, shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import type { EventDraft, EventScope } from "./compile-events.ts";
import { checkDeclaredType } from "./check-declared-type.ts";
import { compileMetric, findEvent, type PlacedMetric } from "./compile-metric.ts";
import { placeOf, placeText } from "./diagnostic.ts";
import { argumentNode, hasDirective, textOf, useOf, type DirectiveUse } from "./directive-use.ts";
import { readDimensions } from "./read-dimensions.ts";
import { grainOf, readIntervals, readRetention } from "./read-intervals.ts";
import { metricUse } from "./field-directives.ts";
import { roleOf } from "./type-role.ts";

export interface SeriesIndex {
  readonly models: ReadonlyMap<string, SeriesModel>;
  readonly types: ReadonlyMap<string, TypeDeclaration>;
  /** Series whose event or `@timeSeries` is broken. */
  readonly broken: ReadonlySet<string>;
  readonly placed: readonly PlacedMetric[];
}

/** What the phases after this one know. */
export interface SeriesScope extends EventScope {
  readonly series: SeriesIndex;
}

export function compileSeries(scope: EventScope): SeriesIndex {
  const models = new Map<string, SeriesModel>();
  const types = new Map<string, TypeDeclaration>();
  const broken = new Set<string>();
  const placed: PlacedMetric[] = [];
  for (const domain of scope.domains) {
    for (const type of domain.types.values()) {
      if (type.kind !== "object" || roleOf(type) !== "series" || scope.entities.byType.has(type.name)) continue;
      const earlier = types.get(type.name);
      if (earlier !== undefined) {
        const reason = `The time series "${type.name}" is declared twice: also at ${placeText(placeOf(earlier.nameNode))}.`;
        scope.report.add(type.nameNode, reason, "A series has one name over all domains: rename one of them.");
        continue;
      }
      types.set(type.name, type);
      const use = useOf(scope.uses, type, "timeSeries");
      if (!hasDirective(type, "timeSeries") && !hasBrokenDirective(type, scope)) {
        const reason = `"${type.name}" has measures by bucket, but no @timeSeries.`;
        scope.report.add(type.nameNode, reason, 'Add @timeSeries(of: "…", by: ["…"], every: [HOUR, DAY]).');
      }
      const event = use === undefined ? undefined : findEvent(textOf(use, "of") ?? "", use, scope);
      if (use === undefined || event === undefined) broken.add(type.name);
      else models.set(type.name, compileOne({ type, domain, use, event }, placed, scope));
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

function compileOne({ type, domain, use, event }: Declared, placed: PlacedMetric[], scope: EventScope): SeriesModel {
  const dimensions = readDimensions(use, event, scope);
  const every = readIntervals(use, scope);
  const measures = type.fields.flatMap((node): readonly Metric[] => {
    const metric = compileField(node, { type, event, dimensions }, scope);
    if (metric === undefined) return [];
    placed.push({ metric, node });
    return [metric];
  });
  checkBucket(type, scope);
  return {
    name: type.name,
    domain: domain.name,
    description: type.description,
    event: event.model.name,
    dimensions,
    every,
    grainMs: grainOf(every),
    retainMs: readRetention(use, every, scope),
    measures,
  };
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

function compileField(node: FieldDefinitionNode, row: Row, scope: EventScope): Metric | undefined {
  const { report } = scope;
  const name = node.name.value;
  const use = metricUse(node, scope);
  if (use === "none") {
    if (name !== "bucket") checkDimensionField(node, row, scope);
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
  const draft = compileMetric(node, use, scope);
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
  if (textOf(use, "metric") !== null) {
    const remedy = "Leave metric off, and name the field after the metric.";
    report.add(argumentNode(use, "metric"), "A measure of a time series has its metric's name.", remedy);
  }
  checkDeclaredType(node, draft, scope);
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
