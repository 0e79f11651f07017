/** Checks that every type a file names exists in it, is built in, or will be generated for it. */
import type { TypeNode } from "graphql";
import { connectionName, edgeName, inputName } from "../model/generated-names.ts";
import { suggest } from "../expression/suggest.ts";
import { shapeOf, type Compilation, type DomainDeclaration } from "./compilation.ts";
import type { TypeDeclaration } from "./collect-types.ts";
import type { EntityIndex } from "./compile-entity-heads.ts";
import type { EventIndex } from "./compile-events.ts";
import { placeOf, placeText, type Place } from "./diagnostic.ts";
import { hasDirective } from "./directive-use.ts";
import { isReferenceField } from "./compile-references.ts";
import { foreignTypeNames } from "./scalar-types.ts";

const builtIn = ["ID", "String", "Int", "Float", "Boolean", "DateTime", "Long", "Count", "Decimal", "Interval"];

/** Runs last: a place that already has a diagnostic gets no second one. */
export function checkTypeNames(entities: EntityIndex, events: EventIndex, compilation: Compilation): void {
  const { domains, report } = compilation;
  const reported = new Set(report.diagnostics.map((diagnostic) => placeText(diagnostic)));
  const isReported = (place: Place): boolean => reported.has(placeText(place));
  for (const domain of domains) {
    const known = knownNames(domain, events);
    for (const type of domain.types.values()) {
      for (const node of namedTypes(type, entities)) {
        const { name, named } = shapeOf(node);
        if (known.has(name) || compilation.unreadable.has(name)) continue;
        if (isReported(placeOf(node)) || isReported(placeOf(named))) continue;
        report.add(
          named,
          `The type "${name}" is not known in this file.`,
          remedyFor(name, { domain, known }, entities, events),
        );
      }
    }
  }
}

function knownNames(domain: DomainDeclaration, events: EventIndex): ReadonlySet<string> {
  const own = [...events.drafts.values()].filter((event) => event.domain === domain).map(({ model }) => model.name);
  const generated = own.flatMap((event) => [connectionName(event), edgeName(event), inputName(event)]);
  return new Set([...builtIn, "PageInfo", ...domain.types.keys(), ...generated]);
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
  entities: EntityIndex,
  events: EventIndex,
): string {
  const head = entities.byType.get(name);
  if (head !== undefined) {
    const kind = head.type.kind === "interface" && head.name === name ? " @interfaceObject" : "";
    return `Declare a stub of the entity: type ${name} @key(fields: "id", resolvable: false)${kind} { id: ID! }.`;
  }
  const event = [...events.drafts.values()].find(({ model }) => connectionName(model.name) === name);
  if (event !== undefined && event.domain !== domain) {
    return `Lists of ${event.model.name} belong to its own domain: ${event.domain.file}.`;
  }
  const foreign = foreignTypeNames[name];
  return (foreign === undefined ? suggest(name, known) : `Use ${foreign}.`) || "Declare it in this file.";
}
