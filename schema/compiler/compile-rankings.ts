/** Phase 8: `@top` on fields of `Query` into rankings. */
import { Kind, type FieldDefinitionNode } from "graphql";
import { suggest } from "../expression/suggest.ts";
import type { RankingModel, SeriesModel } from "../model/series.ts";
import { checkFieldArguments } from "./check-field-arguments.ts";
import { checkRankingRow } from "./check-ranking-row.ts";
import { shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import type { SeriesScope } from "./compile-series.ts";
import { grainOf, readIntervals } from "./read-intervals.ts";
import { argumentNode, integerOf, itemNode, textOf, useOf, type DirectiveUse } from "./directive-use.ts";

const argumentForms = { every: ["Interval!"], at: ["DateTime"], first: ["Int", "Int!"] };

export function compileRankings(scope: SeriesScope): readonly RankingModel[] {
  return scope.domains.flatMap((domain) =>
    (domain.types.get("Query")?.fields ?? []).flatMap((node): RankingModel[] => {
      const use = useOf(scope.uses, node, "top");
      const ranking = use && compileRanking({ node, use, domain }, scope);
      return ranking === undefined ? [] : [ranking];
    }),
  );
}

export interface RankingAt {
  readonly node: FieldDefinitionNode;
  readonly use: DirectiveUse;
  readonly domain: DomainDeclaration;
}

function compileRanking(at: RankingAt, scope: SeriesScope): RankingModel | undefined {
  const { node, use, domain } = at;
  const { report } = scope;
  checkFieldArguments(node, argumentForms, report);
  const every = readIntervals(use, scope);
  const maxFirst = integerOf(use, "max") ?? 100;
  if (maxFirst < 1 || maxFirst > 1000) {
    report.add(argumentNode(use, "max"), `A list of ${maxFirst} is not possible.`, "Use 1 to 1000.");
  }
  checkDefaults(at, { every, maxFirst }, scope);
  const found = findMeasure(use, scope);
  if (found === undefined) return undefined;
  const { model, measure } = found;
  for (const [i, interval] of every.entries()) {
    if (model.every.includes(interval)) continue;
    const reason = `${model.name} has no ${interval} buckets.`;
    report.add(
      itemNode(use, "every", [i]),
      reason,
      `Choose from ${model.every.join(", ")}, or add it to ${model.name}.`,
    );
  }
  const row = checkRankingRow(at, found, scope);
  if (row === undefined) return undefined;
  return {
    name: node.name.value,
    domain: domain.name,
    rowType: shapeOf(node.type).name,
    series: model.name,
    measure,
    every,
    grainMs: grainOf(every),
    ...row,
    maxFirst,
  };
}

export interface RankedMeasure {
  readonly model: SeriesModel;
  /** The field of the row that is ranked by. */
  readonly measure: string;
}

function findMeasure(use: DirectiveUse, { report, series, unreadable }: SeriesScope): RankedMeasure | undefined {
  const at = argumentNode(use, "of");
  const [name = "", measure = "", ...rest] = (textOf(use, "of") ?? "").split(".");
  const model = series.models.get(name);
  if (model === undefined) {
    if (series.broken.has(name) || unreadable.has(name)) return undefined;
    const near = suggest(name, series.models.keys());
    const remedy = near || 'Write of: "Series.measure", where Series is a type with @timeSeries.';
    report.add(at, `No domain declares the time series "${name}".`, remedy);
    return undefined;
  }
  const ranked = model.measures.filter(
    ({ function: kind }) => kind === "count" || kind === "sum" || kind === "distinct",
  );
  if (rest.length === 0 && ranked.some((metric) => metric.name === measure)) return { model, measure };
  if (series.types.get(name)?.fields.some((node) => node.name.value === measure && isBroken(node, model)))
    return undefined;
  const names = ranked.map((metric) => metric.name);
  const near = suggest(measure, names);
  const reason = measure === "" ? "No measure is named to rank by." : `${name} has no measure "${measure}" to rank by.`;
  report.add(at, reason, `${near && `${near} `}Counts, sums and distincts of it: ${names.join(", ")}.`);
  return undefined;
}

/** A field that is no measure only because something about it is wrong, which is reported where it stands. */
function isBroken(node: FieldDefinitionNode, model: SeriesModel): boolean {
  const isMeasure = model.measures.some(({ name }) => name === node.name.value);
  const isDimension = model.dimensions.some((one) => one.kind === "field" && one.name === node.name.value);
  return !isMeasure && !isDimension && node.name.value !== "bucket";
}

/** A default that the field itself would refuse is a mistake. */
function checkDefaults(
  { node }: RankingAt,
  { every, maxFirst }: Pick<RankingModel, "every" | "maxFirst">,
  { report }: Compilation,
): void {
  for (const { name, defaultValue } of node.arguments ?? []) {
    if (defaultValue === undefined) continue;
    if (name.value === "every" && defaultValue.kind === Kind.ENUM && !every.some((one) => one === defaultValue.value)) {
      report.add(
        defaultValue,
        `${defaultValue.value} is not one of the list's bucket sizes.`,
        `Choose from ${every.join(", ")}.`,
      );
    }
    if (name.value === "first" && defaultValue.kind === Kind.INT) {
      const first = Number(defaultValue.value);
      if (first >= 1 && first <= maxFirst) continue;
      report.add(defaultValue, `${first} is not within 1 to ${maxFirst}.`, "Use a default within max, or raise max.");
    }
  }
}
