/** Checks that a directive stands on a kind of type it has a meaning for: `@count` on an entity or a row, not on an event. */
import type { TypeDeclaration } from "./collect-types.ts";
import type { Compilation } from "./compilation.ts";
import type { EntityScope } from "./compile-entity-heads.ts";
import { hasDirective } from "./directive-use.ts";
import { fieldDirectives, roleOf, type TypeRole } from "./type-role.ts";

const all = new Set(Object.values(fieldDirectives).flat());

const roleNames: Readonly<Record<TypeRole, string>> = {
  event: "an event",
  series: "a row of a time series",
  entity: "an entity",
  query: "Query",
  other: "a plain type",
};

export function checkDirectivePlaces({ domains, entities, report }: EntityScope): void {
  for (const domain of domains) {
    for (const type of domain.types.values()) {
      checkRoles(type, report);
      checkFields(type, entities.byType.has(type.name) ? "entity" : roleOf(type), report);
    }
  }
}

function checkFields(type: TypeDeclaration, role: TypeRole, report: Compilation["report"]): void {
  for (const field of type.fields) {
    for (const directive of field.directives ?? []) {
      const name = directive.name.value;
      if (!all.has(name) || fieldDirectives[role].includes(name)) continue;
      const homes = (Object.keys(fieldDirectives) as TypeRole[]).filter((home) => fieldDirectives[home].includes(name));
      const reason = `@${name} has no meaning on a field of ${roleNames[role]}, which "${type.name}" is.`;
      report.add(directive, reason, `It belongs to fields of ${homes.map((home) => roleNames[home]).join(" or of ")}.`);
    }
  }
  const rule = type.directives.find(({ name }) => name.value === "assert");
  if (rule === undefined || role === "event") return;
  report.add(rule, `@assert has no meaning on "${type.name}".`, "It belongs to events and their fields.");
}

const exclusive = ["event", "timeSeries", "entity", "key"];

/** An event, a row and an entity are different things. */
function checkRoles(type: TypeDeclaration, report: Compilation["report"]): void {
  const present = exclusive.filter((name) => hasDirective(type, name));
  if (!present.includes("event") && !present.includes("timeSeries")) return;
  const [first, second] = present;
  const node = type.directives.find((directive) => directive.name.value === second);
  if (first === undefined || node === undefined) return;
  const reason = `"${type.name}" is both @${first} and @${second ?? ""}.`;
  const remedy =
    second === "key"
      ? "Leave @key off: only entities have keys."
      : "Declare two types: an event is a fact, an entity a thing, a row a summary.";
  report.add(node, reason, remedy);
}
