/** Checks every type that stands for an entity: its key, its `id`, and that some domain owns it. */
import type { TypeDeclaration } from "./collect-types.ts";
import { shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import type { EntityHead, EntityScope } from "./compile-entity-heads.ts";
import { argumentNode, hasDirective, textOf, useOf, usesOf } from "./directive-use.ts";

export function checkEntityTypes(scope: EntityScope): void {
  for (const domain of scope.domains) {
    for (const type of domain.types.values()) {
      if (type.kind !== "object" && type.kind !== "interface") continue;
      const head = scope.entities.byType.get(type.name);
      if (head !== undefined) checkEntityType(type, head, domain, scope);
    }
  }
}

function checkEntityType(
  type: TypeDeclaration,
  head: EntityHead,
  domain: DomainDeclaration,
  compilation: Compilation,
): void {
  const { report, uses } = compilation;
  // One that no domain declares is reported as that.
  if (!hasDirective(head.type, "entity")) return;
  const isOwner = head.domain === domain;
  const isConcreteOfOwner = isOwner && type.name !== head.name;
  if (type.kind === "object" && !hasDirective(type, "key") && !isConcreteOfOwner) {
    report.add(type.nameNode, `"${type.name}" is an entity without a key.`, 'Add @key(fields: "id").');
  }
  for (const key of usesOf(uses, type, "key")) {
    if (textOf(key, "fields")?.trim() === "id") continue;
    const remedy = 'Write @key(fields: "id"): other identifiers are declared in @entity(identifiers:).';
    report.add(argumentNode(key, "fields"), `The key of "${type.name}" is not "id".`, remedy);
  }
  checkId(type, compilation);
  if (!isOwner) checkExtension(type, head, compilation);
}

function checkId(type: TypeDeclaration, { report }: Compilation): void {
  const id = type.fields.find(({ name }) => name.value === "id");
  if (id === undefined) report.add(type.nameNode, `The entity "${type.name}" has no id.`, "Add id: ID!.");
  else if (shapeOf(id.type).text !== "ID!") {
    report.add(id.type, `"id" is ${shapeOf(id.type).text}.`, "Declare it as id: ID!.");
  }
}

/** What another domain than the owner writes. */
function checkExtension(type: TypeDeclaration, head: EntityHead, { report, uses }: Compilation): void {
  const others = type.fields.filter(({ name }) => name.value !== "id");
  const unresolvable = usesOf(uses, type, "key").find((key) => key.values["resolvable"] === false);
  if (unresolvable !== undefined && others[0] !== undefined) {
    const reason = `"${type.name}" has fields of its own here, but its key cannot be resolved.`;
    report.add(argumentNode(unresolvable, "resolvable"), reason, "Leave resolvable: false off.");
  }
  if (head.type.kind !== "interface" || type.name !== head.name) return;
  if (type.kind === "interface" || useOf(uses, type, "interfaceObject") === undefined) {
    if (type.kind === "object" && hasDirective(type, "interfaceObject")) return;
    const remedy = `Write: type ${type.name} @key(fields: "id") @interfaceObject { id: ID! … }.`;
    report.add(type.nameNode, `"${type.name}" is an interface, owned by the domain "${head.domain.name}".`, remedy);
  } else if (!hasDirective(head.type, "key")) {
    const reason = `The interface ${head.name} has no key, so other domains cannot add to it.`;
    report.add(head.type.nameNode, reason, `Add @key(fields: "id") to it.`);
  }
}
