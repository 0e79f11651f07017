/** Checks that a directive stands on a kind of type it has a meaning for: `@count` on an entity or a row, not on an event. */
import type { TypeDeclaration } from "./collect-types.ts";
import type { Compilation } from "./compilation.ts";
import type { EntityIndex } from "./compile-entity-heads.ts";
import { hasDirective } from "./directive-use.ts";

type Role = "event" | "series" | "entity" | "query" | "other";

const metrics = ["count", "sum", "min", "max", "distinct"];

const fieldDirectives: Readonly<Record<Role, readonly string[]>> = {
  event: ["from", "decimal", "assert", "identifies", "reference"],
  series: metrics,
  entity: [...metrics, "latest", "first", "recent", "series"],
  query: ["top"],
  other: [],
};

const all = new Set(Object.values(fieldDirectives).flat());

const roleNames: Readonly<Record<Role, string>> = {
  event: "an event",
  series: "a row of a time series",
  entity: "an entity",
  query: "Query",
  other: "a plain type",
};

export function checkDirectivePlaces(entities: EntityIndex, { domains, report }: Compilation): void {
  for (const domain of domains) {
    for (const type of domain.types.values()) {
      if (type.kind !== "object" && type.kind !== "interface") continue;
      checkRoles(type, report);
      const role = roleOf(type, entities);
      for (const field of type.fields) {
        for (const directive of field.directives ?? []) {
          const name = directive.name.value;
          if (!all.has(name) || fieldDirectives[role].includes(name)) continue;
          const homes = (Object.keys(fieldDirectives) as Role[]).filter((home) => fieldDirectives[home].includes(name));
          const reason = `@${name} has no meaning on a field of ${roleNames[role]}, which "${type.name}" is.`;
          const remedy = `It belongs to fields of ${homes.map((home) => roleNames[home]).join(" or of ")}.${hint(role, type)}`;
          report.add(directive, reason, remedy);
        }
      }
      if (role !== "event" && role !== "other") continue;
      for (const directive of type.directives) {
        const isLost = role === "other" && directive.name.value === "assert";
        if (isLost) report.add(directive, `@assert has no meaning on "${type.name}".`, "It belongs to events.");
      }
    }
  }
}

function roleOf(type: TypeDeclaration, entities: EntityIndex): Role {
  if (hasDirective(type, "event")) return "event";
  if (hasDirective(type, "timeSeries")) return "series";
  if (entities.byType.has(type.name)) return "entity";
  return type.name === "Query" ? "query" : "other";
}

function hint(role: Role, type: TypeDeclaration): string {
  if (role !== "other" || type.name === "Mutation" || type.name === "Subscription") return "";
  return ` Is @event, @entity or @timeSeries missing on "${type.name}"?`;
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
