/** Compiles an entity's field that holds a metric; its value may be an identifier of another entity. */
import type { MetricField } from "../model/entity.ts";
import { shapeOf } from "./compilation.ts";
import { checkIdentifies, isIdentityOpen } from "./check-identifies.ts";
import type { FieldAt } from "./compile-entity-fields.ts";
import { checkDeclaredType } from "./check-declared-type.ts";
import { compileMetric, type MetricDraft } from "./compile-metric.ts";
import type { SeriesScope } from "./compile-series.ts";

export function compileMetricField(at: FieldAt, scope: SeriesScope): MetricField | undefined {
  const draft = compileMetric(at.node, at.use, scope);
  if (draft === undefined) return undefined;
  checkIdentifies({ event: draft.event, head: at.holder.head, use: at.use }, scope);
  return { kind: "metric", ...at.base, metric: draft.metric, reference: readReference(at, draft, scope) };
}

/** The entity that the field's type names; null for a plain value, or where the type does not fit, which is reported. */
function readReference(at: FieldAt, draft: MetricDraft, scope: SeriesScope): string | null {
  const { entities, report } = scope;
  const shape = shapeOf(at.node.type);
  const head = entities.byType.get(shape.name);
  const { metric, field, event } = draft;
  if (head === undefined || (metric.function !== "latest" && metric.function !== "first")) {
    checkDeclaredType(at.node, draft, scope);
    return null;
  }
  if (head.name !== shape.name || shape.list || !shape.nullable) {
    const reason = `"${at.base.name}" is ${shape.text}, but its @${metric.function} gives one ${head.name} or null.`;
    report.add(at.node.type, reason, `Declare it as ${at.base.name}: ${head.name}.`);
    return null;
  }
  if (event.model.identifiers.some((one) => one.field === field?.index && one.entity === head.name)) return head.name;
  const nodes = event.type.fields.filter((node) => node.name.value === field?.name);
  if (isIdentityOpen(nodes, head, scope)) return null;
  const options = event.model.identifiers
    .filter((one) => one.entity === head.name)
    .map((one) => `${event.model.name}.${event.model.fields[one.field]?.name ?? ""}`);
  const reason = `"${event.model.name}.${field?.name ?? ""}" does not identify ${head.name}.`;
  const remedy =
    options.length === 0 ? `Add @identifies(entity: "${head.name}", as: …) to it.` : `Use ${options.join(" or ")}.`;
  report.add(at.use.node, reason, remedy);
  return null;
}
