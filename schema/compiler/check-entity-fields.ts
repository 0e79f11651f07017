/** Checks over all domains that one field of an entity is given by one declaration: its name is where its value is kept. */
import type { Compilation } from "./compilation.ts";
import type { PlacedField } from "./compile-entity-fields.ts";
import { placeOf, placeText } from "./diagnostic.ts";

export function checkEntityFields(placed: readonly PlacedField[], { report }: Compilation): void {
  const first = new Map<string, PlacedField>();
  for (const one of placed) {
    const { field, entity, node } = one;
    const key = `${entity}.${field.name}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, one);
      continue;
    }
    // Custom fields hold nothing: whether they may be shared is federation's question.
    if (field.kind === "custom" && earlier.field.kind === "custom") continue;
    const on = field.on === earlier.field.on ? "" : ` on ${earlier.field.on}`;
    const reason = `The field "${field.name}" of ${entity} is given twice: also${on} at ${placeText(placeOf(earlier.node))}.`;
    const remedy =
      field.on === earlier.field.on
        ? "Keep it in one domain, or give it another name here."
        : "Concrete types of one entity share their values: declare it on the interface, or give it another name here.";
    report.add(node, reason, remedy);
  }
}
