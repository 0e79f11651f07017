/** Reads the identifier types of `@entity`. */
import type { IdentifierType } from "../model/entity.ts";
import type { Report } from "./diagnostic.ts";
import { argumentNode, itemNode, recordsOf, type DirectiveUse } from "./directive-use.ts";

/** Identifier types become parts of keys, `type:value`: so no colon in them. */
const identifierType = /^[a-z][a-z0-9_-]*$/;

export function readIdentifiers(use: DirectiveUse, report: Report): readonly IdentifierType[] {
  const records = recordsOf(use, "identifiers");
  if (records.length === 0) {
    const remedy = 'Name at least one: @entity(identifiers: [{ type: "member", strong: true }]).';
    report.add(argumentNode(use, "identifiers"), "The entity has no identifier types.", remedy);
  }
  const seen = new Set<string>();
  return records.map((record, i): IdentifierType => {
    const type = String(record["type"]);
    const maxEntities = Number(record["maxEntities"] ?? 1);
    if (!identifierType.test(type)) {
      const remedy = "Use lower-case letters, digits, dashes and underscores.";
      report.add(itemNode(use, "identifiers", [i, "type"]), `"${type}" is not an identifier type.`, remedy);
    }
    if (seen.has(type)) {
      report.add(itemNode(use, "identifiers", [i, "type"]), `"${type}" is listed twice.`, "List each type once.");
    }
    if (maxEntities < 1) {
      report.add(itemNode(use, "identifiers", [i, "maxEntities"]), "maxEntities is less than 1.", "Use 1 or more.");
    }
    seen.add(type);
    return { type, strong: record["strong"] === true, maxEntities };
  });
}
