/** Compiles an entity's field that holds a metric; its value may be an identifier of another entity. */
import type { MetricField } from "../model/entity.ts";
import { shapeOf } from "./compilation.ts";
import { checkIdentifies } from "./check-identifies.ts";
import type { FieldAt, FieldContext } from "./compile-entity-fields.ts";
import { checkDeclaredType, compileMetric, type MetricDraft } from "./compile-metric.ts";

export function compileMetricField(at: FieldAt, context: FieldContext): MetricField | undefined {
  const { compilation, events, placed } = context;
  const draft = compileMetric(at.node, at.use, events, compilation);
  if (draft === undefined) return undefined;
  placed.push({ metric: draft.metric, node: at.node });
  checkIdentifies(draft.event, at.holder.head, at.use, compilation);
  const reference = readReference(at, draft, context);
  if (reference === undefined) return undefined;
  return { kind: "metric", ...at.base, metric: draft.metric, reference };
}

/** The entity that the field's type names; null for a plain value; undefined where it does not fit. */
function readReference(
  at: FieldAt,
  draft: MetricDraft,
  { compilation, entities }: FieldContext,
): string | null | undefined {
  const { report } = compilation;
  const shape = shapeOf(at.node.type);
  const head = entities.byType.get(shape.name);
  const { metric, field, event } = draft;
  if (head === undefined || (metric.function !== "latest" && metric.function !== "first")) {
    return checkDeclaredType(at.node, draft, compilation) ? null : undefined;
  }
  if (head.name !== shape.name || shape.list || !shape.nullable) {
    const reason = `"${at.base.name}" is ${shape.text}, but its @${metric.function} gives one ${head.name} or null.`;
    report.add(at.node.type, reason, `Declare it as ${at.base.name}: ${head.name}.`);
    return undefined;
  }
  if (event.model.identifiers.some((one) => one.field === field?.index && one.entity === head.name)) return head.name;
  const options = event.model.identifiers
    .filter((one) => one.entity === head.name)
    .map((one) => `${event.model.name}.${event.model.fields[one.field]?.name ?? ""}`);
  const reason = `"${event.model.name}.${field?.name ?? ""}" does not identify ${head.name}.`;
  const remedy =
    options.length === 0 ? `Add @identifies(entity: "${head.name}", as: …) to it.` : `Use ${options.join(" or ")}.`;
  report.add(at.use.node, reason, remedy);
  return undefined;
}
