/** Reads claims by name: `sub`, `realm_access.roles`, or a name that itself has dots. */
import type { Claims } from "./principal.ts";

/** Undefined where there is none. A name with dots that stands there as it is goes before a path. */
export function readClaim(claims: Claims | null, path: string): unknown {
  if (claims === null) return undefined;
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The names that a claim lists: a list of texts, or one text with spaces between, as OAuth writes `scope`. */
export function readNames(claims: Claims | null, path: string): readonly string[] {
  const value = readClaim(claims, path);
  if (typeof value === "string") return value.split(" ").filter((name) => name !== "");
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}
