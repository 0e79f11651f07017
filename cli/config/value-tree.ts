/** Nested plain values that are read and changed by path. Changes make copies: what YAML shares by an alias stays apart. */

export type Path = readonly string[];

export function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined where there is nothing. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = tree;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[name];
  }
  return value;
}

/** A switch (`ssl: true`) gives way to settings below it. Where something else stands in the way, nothing changes. */
export function withValue(tree: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  if (tree !== undefined && typeof tree !== "boolean" && !isSection(tree)) return tree;
  const section = isSection(tree) ? tree : {};
  const inner = Object.hasOwn(section, name) ? section[name] : undefined;
  return { ...section, [name]: withValue(inner, rest, value) };
}
