/** Checks that every type a file names exists in it, is built in, or will be generated for it. */
import type { TypeNode } from "graphql";
import { connectionName, edgeName, inputName } from "../model/generated-names.ts";
import { suggest } from "../expression/suggest.ts";
import { shapeOf, type DomainDeclaration } from "./compilation.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import type { EntityIndex } from "./compile-entity-heads.ts";
import type { PlacedField } from "./compile-entity-fields.ts";
import type { EventScope } from "./compile-events.ts";
import { placeOf, placeText, type Place } from "./diagnostic.ts";
import { hasDirective } from "./directive-use.ts";
import { isReferenceField } from "./compile-references.ts";
import { foreignTypeNames } from "./scalar-types.ts";

const builtIn = ["ID", "String", "Int", "Float", "Boolean", "DateTime", "Long", "Count", "Decimal", "Interval"];

/** Runs last: a place that already has a diagnostic gets no second one. */
export function checkTypeNames(fields: readonly PlacedField[], scope: EventScope): void {
  const { domains, entities, report, unreadable } = scope;
  const reported = new Set(report.diagnostics.map((diagnostic) => placeText(diagnostic)));
  const isReported = (place: Place): boolean => reported.has(placeText(place));
  for (const domain of domains) {
    const known = knownNames(domain, fields, scope);
    for (const type of domain.types.values()) {
      for (const node of namedTypes(type, entities)) {
        const { name, named } = shapeOf(node);
        if (known.has(name) || unreadable.has(name)) continue;
        if (isReported(placeOf(node)) || isReported(placeOf(named))) continue;
        const remedy = remedyFor(name, { domain, known }, scope);
        report.addOnce(`${domain.file} ${name}`, named, `The type "${name}" is not known in this file.`, remedy);
      }
    }
  }
}

/** Connections exist where a list of recent events needs them, inputs for every event of the domain. */
function knownNames(
  { name, types }: DomainDeclaration,
  fields: readonly PlacedField[],
  { events }: EventScope,
): ReadonlySet<string> {
  const own = [...events.drafts.values()].filter(({ domain }) => domain.name === name).map(({ model }) => model.name);
  const listed = fields.flatMap(({ field }) => (field.kind === "recent" && field.domain === name ? [field.event] : []));
  const lists =
    listed.length === 0 ? [] : ["PageInfo", ...listed.flatMap((event) => [connectionName(event), edgeName(event)])];
  const broken = [...events.broken].flatMap((event) => [connectionName(event), edgeName(event), inputName(event)]);
  return new Set([...builtIn, ...types.keys(), ...own.map(inputName), ...lists, ...broken]);
}

/** Value fields of events are left out: their own phase says more about them. */
function namedTypes(type: TypeDeclaration, entities: EntityIndex): readonly TypeNode[] {
  const isEvent = hasDirective(type, "event");
  return [
    ...type.interfaces,
    ...type.members,
    ...type.inputFields.map((field) => field.type),
    ...type.fields.flatMap((field) => [
      ...(isEvent && !isReferenceField(field, entities) ? [] : [field.type]),
      ...(field.arguments ?? []).map((argument) => argument.type),
    ]),
  ];
}

function remedyFor(
  name: string,
  { domain, known }: { readonly domain: DomainDeclaration; readonly known: ReadonlySet<string> },
  { entities, events }: EventScope,
): string {
  const head = entities.byType.get(name);
  if (head !== undefined) {
    const kind = head.type.kind === "interface" && head.name === name ? " @interfaceObject" : "";
    return `Declare a stub of the entity: type ${name} @key(fields: "id", resolvable: false)${kind} { id: ID! }.`;
  }
  const event = [...events.drafts.values()].find(({ model }) => connectionName(model.name) === name);
  if (event !== undefined) {
    return event.domain === domain
      ? `Give the field @recent(of: "${event.model.name}"), which makes this type.`
      : `Lists of ${event.model.name} belong to its own domain: ${event.domain.file}.`;
  }
  const foreign = foreignTypeNames[name];
  return (foreign === undefined ? suggest(name, known) : `Use ${foreign}.`) || "Declare it in this file.";
}
