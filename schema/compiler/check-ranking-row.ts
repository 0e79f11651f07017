/** Checks the row type of a ranked list: `rank`, measures of the series, and the ranked entity. */
import type { RankingModel } from "../model/series.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { shapeOf } from "./compilation.ts";
import { isDimensionOpen } from "./check-identifies.ts";
import type { EntityScope } from "./compile-entity-heads.ts";
import type { EventScope } from "./compile-events.ts";
import { declaredForms } from "./check-declared-type.ts";
import type { RankedMeasure, RankingAt } from "./compile-rankings.ts";

/** The ranked entity and the row's field that is it; undefined where the row is of no use. */
export function checkRankingRow(
  { node, domain }: RankingAt,
  { model, measure }: RankedMeasure,
  scope: EventScope,
): Pick<RankingModel, "entity" | "entityField"> | undefined {
  const { entities, report } = scope;
  const shape = shapeOf(node.type);
  const type = domain.types.get(shape.name);
  const example = "rank: Int!, the measure, and the ranked entity";
  if (type?.kind !== "object" || type.directives.length > 0) {
    const reason = `"${shape.name}" is not a plain object type of this file.`;
    report.add(shape.named, reason, `Declare a row type with ${example}.`);
    return undefined;
  }
  if (shape.text !== `[${shape.name}!]!`) {
    report.add(node.type, `"${node.name.value}" is ${shape.text}.`, `Declare it as [${shape.name}!]!.`);
  }
  checkPlainFields(type, { model, measure }, scope);
  const ranked = model.dimensions.flatMap((dimension) => (dimension.kind === "entity" ? [dimension.entity] : []));
  const candidates = type.fields.filter((field) => entities.byType.has(shapeOf(field.type).name));
  const [entity] = candidates;
  if (entity === undefined || candidates.length > 1) {
    const reason = `A row of "${type.name}" has ${candidates.length === 0 ? "no entity" : "several entities"}.`;
    report.add(
      candidates[1] ?? type.nameNode,
      reason,
      `Give it one field of type ${ranked.join(" or ") || "of an entity"}.`,
    );
    return undefined;
  }
  const entityShape = shapeOf(entity.type);
  const head = entities.byType.get(entityShape.name);
  if (!ranked.includes(entityShape.name) || entityShape.list) {
    if (head !== undefined && isDimensionOpen(model, head, scope)) return undefined;
    const remedy = ranked.length === 0 ? `Add one to "by" of ${model.name}.` : `It is by ${ranked.join(", ")}.`;
    report.add(entity.type, `${model.name} is not by ${entityShape.text}.`, remedy);
    return undefined;
  }
  return { entity: entityShape.name, entityField: entity.name.value };
}

function checkPlainFields(
  type: TypeDeclaration,
  { model, measure }: RankedMeasure,
  { entities, report }: EntityScope,
): void {
  for (const [name, form] of [
    ["rank", "Int!"],
    [measure, "Count!"],
  ] as const) {
    if (type.fields.some((field) => field.name.value === name)) continue;
    report.add(type.nameNode, `A row of "${type.name}" lacks "${name}".`, `Add ${name}: ${form}.`);
  }
  for (const field of type.fields) {
    const name = field.name.value;
    const shape = shapeOf(field.type);
    const metric = model.measures.find((candidate) => candidate.name === name);
    const forms = name === "rank" ? ["Int!"] : metric && declaredForms({ metric });
    if (forms === undefined) {
      if (entities.byType.has(shape.name)) continue;
      const known = ["rank", ...model.measures.map((candidate) => candidate.name)];
      report.add(field, `"${name}" is not in ${model.name}.`, `A row may have ${known.join(", ")} and the entity.`);
    } else if (!forms.includes(shape.text)) {
      report.add(field.type, `"${name}" is ${shape.text}.`, `Declare it as ${name}: ${forms.join(" or ")}.`);
    }
  }
}
