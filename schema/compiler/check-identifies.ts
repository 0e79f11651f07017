/** Checks that an event can be found from an entity: one of its fields must identify it. */
import type { DirectiveNode, FieldDefinitionNode } from "graphql";
import type { SeriesModel } from "../model/series.ts";
import type { Compilation } from "./compilation.ts";
import type { EntityHead } from "./compile-entity-heads.ts";
import type { EventDraft, EventScope } from "./compile-events.ts";
import { argumentNode, type DirectiveUse } from "./directive-use.ts";

interface Measured {
  readonly event: EventDraft;
  readonly head: EntityHead;
  readonly use: DirectiveUse;
}

/** Reported once for an event and an entity, at the first field that needs it. */
export function checkIdentifies({ event: { model, type }, head, use }: Measured, compilation: Compilation): void {
  if (model.identifiers.some(({ entity }) => entity === head.name)) return;
  if (isIdentityOpen(type.fields, head, compilation)) return;
  const typed = head.identifiers[0]?.type ?? "…";
  const candidates = model.fields.filter(({ type: { kind }, list }) => kind === "id" && !list).map(({ name }) => name);
  const named = candidates.filter((name) => name.toLowerCase().startsWith(head.name.toLowerCase()));
  const fields = named.length > 0 ? named : candidates;
  const where = fields.length === 0 ? "a field" : fields.map((name) => `"${name}"`).join(" or ");
  const reason = `No field of ${model.name} identifies ${head.name}, so its events belong to none.`;
  const remedy = `Add @identifies(entity: "${head.name}", as: "${typed}") to ${where} of ${model.name}.`;
  compilation.report.addOnce(reason, argumentNode(use, "of"), reason, remedy);
}

/**
 * Asked of event fields that are not found to identify an entity: whether they would, if the entity or a directive of
 * theirs about it were not broken, which is reported.
 */
export function isIdentityOpen(
  fields: readonly FieldDefinitionNode[],
  head: EntityHead,
  { broken, uses }: Compilation,
): boolean {
  if (head.use === undefined) return true;
  return fields.some((field) =>
    field.directives?.some((directive) => {
      const isTried = broken.has(directive) || (directive.name.value === "identifies" && uses.has(directive));
      return isTried && mentions(directive, head.name);
    }),
  );
}

/** As {@link isIdentityOpen}, of the plain dimensions of a series: whether one of them should stand for the entity. */
export function isDimensionOpen(series: SeriesModel, head: EntityHead, scope: EventScope): boolean {
  const names = series.dimensions.flatMap((dimension) => (dimension.kind === "field" ? [dimension.name] : []));
  const fields = scope.events.drafts.get(series.event)?.type.fields ?? [];
  return isIdentityOpen(
    fields.filter(({ name }) => names.includes(name.value)),
    head,
    scope,
  );
}

function mentions(directive: DirectiveNode, entity: string): boolean {
  return directive.arguments?.some(({ value }) => value.kind === "StringValue" && value.value === entity) ?? false;
}
