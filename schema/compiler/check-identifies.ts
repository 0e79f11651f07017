/** Checks that an event can be found from an entity: one of its fields must identify it. */
import type { Compilation } from "./compilation.ts";
import type { EntityHead } from "./compile-entity-heads.ts";
import type { EventDraft } from "./compile-events.ts";
import { argumentNode, type DirectiveUse } from "./directive-use.ts";

export function checkIdentifies(
  event: EventDraft,
  head: EntityHead,
  use: DirectiveUse,
  { report }: Compilation,
): boolean {
  const { model, type } = event;
  if (model.identifiers.some(({ entity }) => entity === head.name)) return true;
  // A broken @identifies for this entity is already reported.
  const isTried = type.fields.some((node) =>
    node.directives?.some((directive) => directive.name.value === "identifies" && mentions(directive, head.name)),
  );
  if (isTried) return false;
  const typed = head.identifiers[0]?.type ?? "…";
  const candidates = model.fields.filter(({ type: { kind }, list }) => kind === "id" && !list).map(({ name }) => name);
  const named = candidates.filter((name) => name.toLowerCase().startsWith(head.name.toLowerCase()));
  const fields = named.length > 0 ? named : candidates;
  const where = fields.length === 0 ? "a field" : fields.map((name) => `"${name}"`).join(" or ");
  const reason = `No field of ${model.name} identifies ${head.name}, so its events belong to none.`;
  report.add(
    argumentNode(use, "of"),
    reason,
    `Add @identifies(entity: "${head.name}", as: "${typed}") to ${where} of ${model.name}.`,
  );
  return false;
}

function mentions(directive: NonNullable<DirectiveUse["node"]>, entity: string): boolean {
  return directive.arguments?.some(({ value }) => value.kind === "StringValue" && value.value === entity) ?? false;
}
