/** Phase 4: who is an entity: `@entity` of all domains, with identifier types and, for an interface, its concrete types. */
import { suggest } from "../expression/suggest.ts";
import type { IdentifierType } from "../model/entity.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import { hasBrokenDirective, type Compilation, type DomainDeclaration } from "./compilation.ts";
import { placeOf, placeText, type Report } from "./diagnostic.ts";
import { argumentNode, hasDirective, useOf, type DirectiveUse } from "./directive-use.ts";
import { readIdentifiers } from "./read-identifiers.ts";
import { roleOf } from "./type-role.ts";

export interface EntityHead {
  readonly name: string;
  /** Its owner. */
  readonly domain: DomainDeclaration;
  readonly type: TypeDeclaration;
  /** Undefined where `@entity` is missing or broken, which is reported: nothing follows from its identifiers then. */
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

/** What the phases after this one know. */
export interface EntityScope extends Compilation {
  readonly entities: EntityIndex;
}

export function compileEntityHeads(compilation: Compilation): EntityIndex {
  const heads = new Map<string, EntityHead>();
  for (const { type, domain } of candidates(compilation)) {
    if (!hasDirective(type, "entity")) continue;
    const earlier = heads.get(type.name);
    if (earlier === undefined) heads.set(type.name, readHead(type, domain, compilation));
    else {
      const reason = `The entity "${type.name}" is declared twice: also at ${placeText(placeOf(earlier.type.nameNode))}.`;
      const remedy = 'One domain owns it; here leave @entity off and keep @key(fields: "id").';
      compilation.report.add(type.nameNode, reason, remedy);
    }
  }
  addOrphans(heads, compilation);
  return { heads, byType: indexTypes(heads, compilation.report) };
}

interface Candidate {
  readonly type: TypeDeclaration;
  readonly domain: DomainDeclaration;
}

/** In the order of the files. */
function candidates({ domains }: Compilation): readonly Candidate[] {
  return domains.flatMap((domain) =>
    [...domain.types.values()]
      .filter((type) => roleOf(type) === "entity" || hasDirective(type, "entity"))
      .map((type): Candidate => ({ type, domain })),
  );
}

function readHead(type: TypeDeclaration, domain: DomainDeclaration, { uses, report }: Compilation): EntityHead {
  const use = useOf(uses, type, "entity");
  const identifiers = use === undefined ? [] : readIdentifiers(use, report);
  const concrete = [...domain.types.values()].filter((other) => implementsInterface(other, type));
  return { name: type.name, domain, type, use, identifiers, concrete };
}

function implementsInterface(type: TypeDeclaration, of: TypeDeclaration): boolean {
  return (
    type.kind === "object" && of.kind === "interface" && type.interfaces.some(({ name }) => name.value === of.name)
  );
}

/** Types that look like an entity which no domain declares: each is one mistake, and taken for an entity from here on. */
function addOrphans(heads: Map<string, EntityHead>, compilation: Compilation): void {
  const { report, unreadable } = compilation;
  const declared = [...heads.keys()];
  const known = new Set(
    [...heads.values()].flatMap(({ name, concrete }) => [name, ...concrete.map((type) => type.name)]),
  );
  const all = candidates(compilation);
  // Interfaces come first, so that their concrete types are known as such.
  const interfaces = all.filter(({ type }) => type.kind === "interface");
  for (const { type, domain } of new Set([...interfaces, ...all])) {
    if (known.has(type.name)) continue;
    const head = readHead(type, domain, compilation);
    heads.set(type.name, { ...head, use: undefined });
    for (const name of [type.name, ...head.concrete.map((one) => one.name)]) known.add(name);
    if (unreadable.has(type.name) || hasBrokenDirective(type, compilation)) continue;
    const near = suggest(type.name, declared);
    const example = '@entity(identifiers: [{ type: "…", strong: true }])';
    const [what, remedy] = hasDirective(type, "key")
      ? ["a key", `Let the domain that owns it declare ${example}.`]
      : ["fields of an entity", `Add @key(fields: "id"), and ${example} in the domain that owns it.`];
    const reason = `"${type.name}" has ${what}, but no domain declares it with @entity.`;
    report.add(type.nameNode, reason, near === "" ? remedy : `${near} ${remedy}`);
  }
}

function indexTypes(heads: ReadonlyMap<string, EntityHead>, report: Report): ReadonlyMap<string, EntityHead> {
  const byType = new Map(heads);
  for (const head of heads.values()) {
    for (const type of head.concrete) {
      const other = byType.get(type.name);
      if (other === undefined) byType.set(type.name, head);
      else {
        const reason = `"${type.name}" is part of two entities, ${other.name} and ${head.name}.`;
        const remedy = "A concrete type implements one entity interface and has no @entity of its own.";
        report.add(type.nameNode, reason, remedy);
      }
    }
  }
  return byType;
}

/** Finds the entity that a directive's argument names, or reports that there is none. */
export function findEntity(
  name: string,
  at: DirectiveUse,
  { entities, report, unreadable }: EntityScope,
): EntityHead | undefined {
  const head = entities.heads.get(name);
  if (head !== undefined || unreadable.has(name)) return head;
  const over = entities.byType.get(name);
  const known = [...entities.heads.keys()];
  const near = suggest(name, known);
  const list = known.length === 0 ? "No domain declares one with @entity." : `Entities: ${known.join(", ")}.`;
  const remedy = over === undefined ? `${near && `${near} `}${list}` : `It is a concrete type: name ${over.name}.`;
  report.add(argumentNode(at, "entity"), `No domain declares the entity "${name}".`, remedy);
  return undefined;
}
