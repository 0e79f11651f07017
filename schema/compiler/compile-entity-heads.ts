/** Phase 4: who is an entity: `@entity` of all domains, with identifier types and, for an interface, its concrete types. */
import type { IdentifierType } from "../model/entity.ts";
import { suggest } from "../expression/suggest.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import type { Compilation, DomainDeclaration } from "./compilation.ts";
import { placeOf, placeText, type Report } from "./diagnostic.ts";
import { argumentNode, hasDirective, itemNode, recordsOf, useOf, type DirectiveUse } from "./directive-use.ts";

export interface EntityHead {
  readonly name: string;
  /** Its owner. */
  readonly domain: DomainDeclaration;
  readonly type: TypeDeclaration;
  /** Undefined where `@entity` itself is broken, which is reported: its identifier types are not known then. */
  readonly use: DirectiveUse | undefined;
  readonly identifiers: readonly IdentifierType[];
  /** The object types of the owner's file that implement it, if it is an interface. */
  readonly concrete: readonly TypeDeclaration[];
}

export interface EntityIndex {
  readonly heads: ReadonlyMap<string, EntityHead>;
  /** By the entity's own name or that of one of its concrete types. */
  readonly byType: ReadonlyMap<string, EntityHead>;
}

export function compileEntityHeads(compilation: Compilation): EntityIndex {
  const { domains, uses, report } = compilation;
  const heads = new Map<string, EntityHead>();
  for (const domain of domains) {
    for (const type of domain.types.values()) {
      if ((type.kind !== "object" && type.kind !== "interface") || !hasDirective(type, "entity")) continue;
      const earlier = heads.get(type.name);
      if (earlier !== undefined) {
        const reason = `The entity "${type.name}" is declared twice: also at ${placeText(placeOf(earlier.type.nameNode))}.`;
        report.add(type.nameNode, reason, `One domain owns it; here leave @entity off and keep @key(fields: "id").`);
        continue;
      }
      const use = useOf(uses, type, "entity");
      const identifiers = use === undefined ? [] : readIdentifiers(use, report);
      const concrete = [...domain.types.values()].filter((other) => implementsInterface(other, type));
      heads.set(type.name, { name: type.name, domain, type, use, identifiers, concrete });
    }
  }
  return { heads, byType: indexTypes(heads, report) };
}

function implementsInterface(type: TypeDeclaration, of: TypeDeclaration): boolean {
  return (
    type.kind === "object" && of.kind === "interface" && type.interfaces.some(({ name }) => name.value === of.name)
  );
}

function indexTypes(heads: ReadonlyMap<string, EntityHead>, report: Report): ReadonlyMap<string, EntityHead> {
  const byType = new Map(heads);
  for (const head of heads.values()) {
    for (const type of head.concrete) {
      const other = byType.get(type.name);
      if (other !== undefined) {
        const reason = `"${type.name}" is part of two entities, ${other.name} and ${head.name}.`;
        report.add(
          type.nameNode,
          reason,
          "A concrete type implements one entity interface and has no @entity of its own.",
        );
      } else byType.set(type.name, head);
    }
  }
  return byType;
}

/** Identifier types become parts of keys, `type:value`: so no colon in them. */
const identifierType = /^[a-z][a-z0-9_-]*$/;

function readIdentifiers(use: DirectiveUse, report: Report): readonly IdentifierType[] {
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

/** Finds the entity that a directive's argument names, or reports that there is none. */
export function findEntity(
  name: string,
  at: DirectiveUse,
  index: EntityIndex,
  { report, unreadable }: Compilation,
): EntityHead | undefined {
  const head = index.heads.get(name);
  if (head !== undefined || unreadable.has(name)) return head;
  const over = index.byType.get(name);
  const known = [...index.heads.keys()];
  const near = suggest(name, known);
  const remedy =
    over !== undefined
      ? `It is a concrete type of ${over.name}: name ${over.name}.`
      : `${near && `${near} `}${known.length === 0 ? "No domain declares one with @entity." : `Entities: ${known.join(", ")}.`}`;
  report.add(argumentNode(at, "entity"), `No domain declares the entity "${name}".`, remedy);
  return undefined;
}
