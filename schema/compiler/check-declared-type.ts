/** Checks that a field that holds a metric is declared with the GraphQL type of its value. */
import type { FieldDefinitionNode } from "graphql";
import { graphqlName } from "../expression/describe-type.ts";
import type { Metric } from "../model/metric.ts";
import { shapeOf, type Compilation } from "./compilation.ts";
import type { MetricDraft } from "./compile-metric.ts";
import type { Report } from "./diagnostic.ts";

/** Checks that the field's GraphQL type is what the metric gives; says what is right. */
export function checkDeclaredType(node: FieldDefinitionNode, draft: MetricDraft, { report }: Compilation): void {
  const written = shapeOf(node.type).text;
  const forms = [...declaredForms(draft), ...entityForms(draft)];
  checkNoArguments(node, draft.metric, report);
  if (forms.includes(written)) return;
  const reason = `"${node.name.value}" is ${written}, but its @${draft.metric.function} gives ${forms[0] ?? ""}.`;
  const why = forms[0]?.endsWith("!") === true ? "it is 0, never null" : "it is null";
  report.add(node.type, reason, `Declare it as ${node.name.value}: ${forms.join(" or ")}. Without events ${why}.`);
}

function checkNoArguments(node: FieldDefinitionNode, metric: Metric, report: Report): void {
  const [argument] = node.arguments ?? [];
  if (argument === undefined) return;
  const remedy = "Leave them off; for values by time, use a @timeSeries.";
  report.add(argument, `"${node.name.value}" holds one ${metric.function} and takes no arguments.`, remedy);
}

/** How a field that holds this metric must be declared. The first is the one to recommend. */
export function declaredForms({ metric }: Pick<MetricDraft, "metric">): readonly string[] {
  switch (metric.function) {
    case "count":
    case "distinct":
      return ["Count!", "Long!"];
    case "sum":
      return metric.type.kind === "decimal" ? ["Decimal!"] : ["Count!", "Long!"];
    case "min":
    case "max":
    case "latest":
    case "first":
      return [graphqlName(metric.type)];
  }
}

/** The latest or first value of an identifier may also be the entity it points to. */
function entityForms({ metric, field, event }: MetricDraft): readonly string[] {
  if (metric.function !== "latest" && metric.function !== "first") return [];
  return event.model.identifiers.filter((one) => one.field === field?.index).map(({ entity }) => entity);
}
