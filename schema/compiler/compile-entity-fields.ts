/** Phase 7: the fields that every domain gives to every entity. */
import type { FieldDefinitionNode } from "graphql";
import type { EntityField } from "../model/entity.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { shapeOf, type DomainDeclaration } from "./compilation.ts";
import type { EntityHead } from "./compile-entity-heads.ts";
import { compileMetricField } from "./compile-metric-field.ts";
import type { PlacedMetric } from "./compile-metric.ts";
import { compileRecentField } from "./compile-recent-field.ts";
import { compileSeriesField } from "./compile-series-field.ts";
import type { SeriesScope } from "./compile-series.ts";
import { hasDirective, type DirectiveUse } from "./directive-use.ts";
import { metricUse } from "./field-directives.ts";

/** A field with the entity it belongs to and the node that declares it. */
export interface PlacedField {
  readonly entity: string;
  readonly field: EntityField;
  readonly node: FieldDefinitionNode;
}

/** The metrics among them. */
export function placedMetrics(fields: readonly PlacedField[]): readonly PlacedMetric[] {
  return fields.flatMap(({ field, node }) => (field.kind === "metric" ? [{ metric: field.metric, node }] : []));
}

/** Where a field stands. */
export interface FieldHolder {
  readonly head: EntityHead;
  readonly type: TypeDeclaration;
  readonly domain: DomainDeclaration;
}

/** The owner's fields come first, then those of the other domains in the order of the files. */
export function compileEntityFields(scope: SeriesScope): readonly PlacedField[] {
  const holders = scope.domains.flatMap((domain) =>
    [...domain.types.values()].flatMap((type): FieldHolder[] => {
      const head = scope.entities.byType.get(type.name);
      return head === undefined ? [] : [{ head, type, domain }];
    }),
  );
  const [own, others] = [true, false].map((isOwn) =>
    holders.filter(({ head, domain }) => (head.domain === domain) === isOwn),
  );
  return [...(own ?? []), ...(others ?? [])].flatMap((holder) => compileHolder(holder, scope));
}

function compileHolder(holder: FieldHolder, scope: SeriesScope): readonly PlacedField[] {
  const { head, type, domain } = holder;
  const isConcrete = head.name !== type.name;
  const inherited = new Set(isConcrete && head.domain === domain ? head.type.fields.map(({ name }) => name.value) : []);
  return type.fields.flatMap((node): PlacedField[] => {
    if (node.name.value === "id") return [];
    const use = metricUse(node, scope);
    if (inherited.has(node.name.value)) {
      if (use !== "none") {
        const reason = `"${node.name.value}" of ${type.name} comes from the interface ${head.name}.`;
        const at = (node.directives ?? [])[0] ?? node;
        scope.report.add(at, reason, `Leave the directive off here: ${head.name} says what it holds.`);
      }
      return [];
    }
    const field = use === "broken" ? undefined : compileField(node, use, holder, scope);
    return field === undefined ? [] : [{ entity: head.name, field, node }];
  });
}

function compileField(
  node: FieldDefinitionNode,
  use: DirectiveUse | "none",
  holder: FieldHolder,
  scope: SeriesScope,
): EntityField | undefined {
  const { domain, type } = holder;
  const base = {
    name: node.name.value,
    domain: domain.name,
    on: type.name,
    nullable: shapeOf(node.type).nullable,
  };
  // Another subgraph resolves an external field.
  if (use === "none") return hasDirective(node, "external") ? undefined : { kind: "custom", ...base };
  const at = { node, use, base, holder };
  switch (use.name) {
    case "recent":
      return compileRecentField(at, scope);
    case "series":
      return compileSeriesField(at, scope);
    default:
      return compileMetricField(at, scope);
  }
}

/** One field with its directive. */
export interface FieldAt {
  readonly node: FieldDefinitionNode;
  readonly use: DirectiveUse;
  readonly base: Pick<EntityField, "name" | "domain" | "on" | "nullable">;
  readonly holder: FieldHolder;
}
