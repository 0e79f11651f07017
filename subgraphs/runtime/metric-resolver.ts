/** The field of one metric: a value read from the entity's state, or the entity that the value identifies. */
import type { MetricField } from "../../schema/model/entity.ts";
import { readMetric } from "../../stores/ports/model-values.ts";
import type { EntityNode } from "./entity-node.ts";
import { referenceLink } from "./reference-node.ts";
import type { Resolver, ResolverParts } from "./resolver-parts.ts";
import { serializeValue } from "./serialize-value.ts";

/** Without events: 0 for counters, null for the others. */
export function metricResolver(parts: ResolverParts, field: MetricField): Resolver<EntityNode> {
  if (field.reference !== null) return referenceResolver(parts, field, field.reference);
  const { name, metric } = field;
  return (node, _args, context) =>
    serializeValue(metric.type, readMetric(field, node.values.get(name), { atMs: context.now }));
}

function referenceResolver(parts: ResolverParts, field: MetricField, reference: string): Resolver<EntityNode> {
  const pointer = { event: field.metric.event, field: field.metric.field ?? -1, entity: reference };
  return referenceLink(parts, reference, (node, _args, context) => {
    const value = readMetric(field, node.values.get(field.name), { atMs: context.now });
    return typeof value === "bigint" ? null : parts.index.keyOf(pointer, value);
  });
}
