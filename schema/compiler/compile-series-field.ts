/** Compiles an entity's own rows of a time series. */
import type { SeriesField } from "../model/entity.ts";
import { suggest } from "../expression/suggest.ts";
import { isDimensionOpen } from "./check-identifies.ts";
import { checkFieldArguments } from "./check-field-arguments.ts";
import { shapeOf } from "./compilation.ts";
import type { FieldAt } from "./compile-entity-fields.ts";
import type { SeriesScope } from "./compile-series.ts";
import { argumentNode, textOf } from "./directive-use.ts";

const argumentForms = { every: ["Interval!"], from: ["DateTime!"], to: ["DateTime"] };

export function compileSeriesField({ node, use, base, holder }: FieldAt, scope: SeriesScope): SeriesField | undefined {
  const { report, series, unreadable } = scope;
  checkFieldArguments(node, argumentForms, report);
  const name = textOf(use, "of") ?? "";
  const model = series.models.get(name);
  if (model === undefined) {
    if (series.broken.has(name) || unreadable.has(name)) return undefined;
    const near = suggest(name, series.models.keys());
    const remedy = near || "Declare a type of rows with @timeSeries.";
    report.add(argumentNode(use, "of"), `No domain declares the time series "${name}".`, remedy);
    return undefined;
  }
  if (model.domain !== holder.domain.name) {
    const reason = `${name} is a series of the domain "${model.domain}", and its rows are served there.`;
    report.add(
      argumentNode(use, "of"),
      reason,
      `Declare the field on type ${base.on} in the domain "${model.domain}".`,
    );
  }
  const right = `[${name}!]!`;
  if (shapeOf(node.type).text !== right) {
    const reason = `"${base.name}" is ${shapeOf(node.type).text}, but it lists rows of ${name}.`;
    report.add(
      node.type,
      reason,
      `Declare it as ${base.name}(every: Interval!, from: DateTime!, to: DateTime): ${right}.`,
    );
  }
  const isBy = model.dimensions.some(
    (dimension) => dimension.kind === "entity" && dimension.entity === holder.head.name,
  );
  if (!isBy && !isDimensionOpen(model, holder.head, scope)) {
    const reason = `${name} is not by ${holder.head.name}, so no rows of it belong to one.`;
    const remedy = `Add to its "by" a field of ${model.event} that identifies ${holder.head.name}.`;
    report.add(argumentNode(use, "of"), reason, remedy);
  }
  return { kind: "series", ...base, series: name };
}
