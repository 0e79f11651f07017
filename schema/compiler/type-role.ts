/** Tells what a type is for: by its directive or, where that was forgotten, by the directives of its fields. */
import type { TypeDeclaration } from "./collect-types.ts";
import { hasDirective } from "./directive-use.ts";

/** `other`: a plain type, without a part in the models. */
export type TypeRole = "event" | "series" | "entity" | "query" | "other";

const eventDirectives = ["from", "decimal", "assert", "identifies", "reference"];
const measureDirectives = ["count", "sum", "min", "max", "distinct"];
const entityDirectives = ["latest", "first", "recent", "series"];

/**
 * A forgotten `@event` is one mistake, and not one for every field and every metric of it. Whether a type of an entity's
 * name is that entity, only all domains together can tell.
 */
export function roleOf(type: TypeDeclaration): TypeRole {
  if (type.kind !== "object" && type.kind !== "interface") return "other";
  if (hasDirective(type, "event")) return "event";
  if (hasDirective(type, "timeSeries")) return "series";
  if (hasDirective(type, "entity") || hasDirective(type, "key")) return "entity";
  if (type.name === "Query") return "query";
  if (type.name === "Mutation" || type.name === "Subscription") return "other";
  const used = new Set(type.fields.flatMap((field) => (field.directives ?? []).map(({ name }) => name.value)));
  const uses = (names: readonly string[]): boolean => names.some((name) => used.has(name));
  if (uses(eventDirectives)) return "event";
  if (uses(entityDirectives)) return "entity";
  if (!uses(measureDirectives)) return "other";
  return type.fields.some(({ name }) => name.value === "bucket") ? "series" : "entity";
}

/** The directives that have a meaning on the fields of a type, by its role. */
export const fieldDirectives: Readonly<Record<TypeRole, readonly string[]>> = {
  event: eventDirectives,
  series: measureDirectives,
  entity: [...measureDirectives, ...entityDirectives],
  query: ["top"],
  other: [],
};
