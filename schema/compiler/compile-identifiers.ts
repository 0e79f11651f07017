/** Compiles `@identifies` on an event's fields: which entities the event is about, in declaration order. */
import { describeType } from "../expression/describe-type.ts";
import { suggest } from "../expression/suggest.ts";
import type { EventField, EventIdentifier } from "../model/event.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import type { Compilation } from "./compilation.ts";
import { findEntity, type EntityScope } from "./compile-entity-heads.ts";
import { argumentNode, textOf, usesOf, type DirectiveUse } from "./directive-use.ts";

const kinds: ReadonlySet<string> = new Set(["id", "string", "int", "long", "enum"]);

export function compileIdentifiers(
  type: TypeDeclaration,
  fields: readonly EventField[],
  scope: EntityScope,
): readonly EventIdentifier[] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return type.fields.flatMap((node) => {
    const field = byName.get(node.name.value);
    const seen = new Set<string>();
    return usesOf(scope.uses, node, "identifies").flatMap((use): EventIdentifier[] => {
      const entity = textOf(use, "entity") ?? "";
      if (!hasIdentifierType(use, scope) || field === undefined) return [];
      if (!mayIdentify(field, use, scope)) return [];
      const as = textOf(use, "as") ?? "";
      if (seen.has(`${entity} ${as}`)) {
        scope.report.add(use.node, `"${field.name}" says this twice.`, "Remove one of them.");
        return [];
      }
      seen.add(`${entity} ${as}`);
      return [{ entity, type: as, field: field.index }];
    });
  });
}

function hasIdentifierType(use: DirectiveUse, scope: EntityScope): boolean {
  const name = textOf(use, "entity") ?? "";
  const as = textOf(use, "as") ?? "";
  const head = findEntity(name, use, scope);
  if (head?.use === undefined) return false;
  if (head.identifiers.some(({ type }) => type === as)) return true;
  const known = head.identifiers.map(({ type }) => type);
  const near = suggest(as, known);
  const reason = `${name} has no identifier type "${as}".`;
  const remedy = `${near && `${near} `}Its types are ${known.join(", ")}; add it to @entity(identifiers:) if it is a new one.`;
  scope.report.add(argumentNode(use, "as"), reason, remedy);
  return false;
}

function mayIdentify(field: EventField, use: DirectiveUse, { report }: Compilation): boolean {
  if (field.list) {
    const remedy = "Send one event per identifier, or keep the field without @identifies.";
    report.add(use.node, `"${field.name}" is a list, and an event identifies one entity.`, remedy);
    return false;
  }
  if (kinds.has(field.type.kind)) return true;
  const reason = `"${field.name}" is ${describeType(field.type)}, which cannot identify anything.`;
  report.add(use.node, reason, "Declare the field as ID.");
  return false;
}
