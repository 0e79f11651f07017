/** Reads `by` of a time series: an event field that identifies an entity stands for the entity. */
import { suggest } from "../expression/suggest.ts";
import type { Dimension } from "../model/series.ts";
import type { Compilation } from "./compilation.ts";
import type { EventDraft } from "./compile-events.ts";
import { argumentNode, itemNode, textsOf, type DirectiveUse } from "./directive-use.ts";

export function readDimensions(use: DirectiveUse, event: EventDraft, { report }: Compilation): readonly Dimension[] {
  const names = textsOf(use, "by") ?? [];
  if (names.length === 0)
    report.add(argumentNode(use, "by"), "The series has no dimension.", "Name at least one field in by.");
  const found = new Set<string>();
  return names.flatMap((name, i): Dimension[] => {
    const at = itemNode(use, "by", [i]);
    const field = event.model.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      if (event.broken.has(name)) return [];
      const known = event.model.fields.map((candidate) => candidate.name);
      const near = suggest(name, known);
      report.add(
        at,
        `${event.model.name} has no field "${name}".`,
        `${near && `${near} `}Fields: ${known.join(", ")}.`,
      );
      return [];
    }
    if (field.list || field.type.kind === "float") {
      const reason = `"${name}" is a ${field.list ? "list" : "Float"}, which cannot be a dimension.`;
      report.add(at, reason, "Use a field whose values are few and exact: an ID, enum, String or Int.");
      return [];
    }
    const entities = event.model.identifiers.filter((identifier) => identifier.field === field.index);
    const dimension: Dimension =
      entities[0] === undefined
        ? { kind: "field", field: field.index, name, column: `dim_${name}` }
        : { kind: "entity", entity: entities[0].entity, column: `dim_${entities[0].entity}` };
    if (found.has(dimension.column)) {
      const what = dimension.kind === "entity" ? `the entity ${dimension.entity}` : `"${name}"`;
      report.add(at, `The series is already by ${what}.`, "Name each dimension once.");
      return [];
    }
    found.add(dimension.column);
    return [dimension];
  });
}
