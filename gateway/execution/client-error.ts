/** Errors and paths as clients get them. */
import { GraphQLError } from "graphql";
import { clientKeyOf } from "../planning/response-key.ts";
import type { FieldError, Path } from "./execution-state.ts";

export function toGraphQLError({ message, path, extensions }: FieldError): GraphQLError {
  if (path === undefined) return new GraphQLError(message, { extensions });
  return new GraphQLError(message, { path: clientPath(path), extensions });
}

/** Keys as the client gave them. */
export function clientPath(path: Path): Path {
  return path.map((key) => (typeof key === "string" ? clientKeyOf(key) : key));
}

/**
 * Whether an error is about data that a client gets: its path leads to a null, or to the end. One that leaves the data at a
 * key that is not there is about what was read for another part of the answer.
 */
export function isAbout(data: unknown, path: Path): boolean {
  let value = data;
  for (const key of path) {
    if (value === null) return true;
    if (typeof value !== "object" || value === undefined) return false;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value !== undefined;
}
