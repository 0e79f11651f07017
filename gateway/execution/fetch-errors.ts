/** Errors of one fetch: their paths are rewritten from the subgraph's request to the client's answer. */
import type { GraphQLFormattedError } from "graphql";
import type { ExecutionState, FieldError, Path } from "./execution-state.ts";

/** An answer with more errors than this is not told more of them. */
export const maxErrors = 1000;

export function addError(state: ExecutionState, error: FieldError): void {
  if (state.errors.length < maxErrors) state.errors.push(error);
}

export interface RootFetchErrors {
  /** Keys of the fetch's root fields. */
  readonly rootKeys: readonly string[];
  readonly renamed: ReadonlyMap<string, string>;
  /** Whether a root field has no data, not even null. */
  readonly isMissing: (key: string) => boolean;
}

/** An error without a usable path is about each root field that has no data. */
export function addRootErrors(
  state: ExecutionState,
  errors: readonly GraphQLFormattedError[],
  fetch: RootFetchErrors,
): void {
  for (const error of errors) {
    const first = error.path?.[0];
    const paths: Path[] =
      typeof first === "string" && error.path !== undefined
        ? [rename(error.path, fetch.renamed)]
        : fetch.rootKeys.filter(fetch.isMissing).map((key) => [key]);
    if (paths.length === 0) addError(state, fieldError(error, undefined));
    for (const path of paths) addError(state, fieldError(error, path));
  }
}

export interface EntityFetchErrors {
  /** The client paths of the entities that one representation stands for. */
  readonly pathsOf: (alias: string, index: number) => readonly Path[];
  /** Where to say something about the whole fetch: paths that are true of all its entities. */
  readonly commonPaths: readonly Path[];
  readonly renamed: ReadonlyMap<string, string>;
}

export function addEntityErrors(
  state: ExecutionState,
  errors: readonly GraphQLFormattedError[],
  fetch: EntityFetchErrors,
): void {
  for (const error of errors) {
    const [alias, index, ...rest] = error.path ?? [];
    const entities =
      typeof alias === "string" && typeof index === "number" ? fetch.pathsOf(alias, index) : ([] as Path[]);
    const tail = rename(rest, fetch.renamed);
    for (const entity of entities) addError(state, fieldError(error, [...entity, ...tail]));
    if (entities.length > 0) continue;
    for (const path of fetch.commonPaths) addError(state, fieldError(error, path));
  }
}

function rename(path: Path, renamed: ReadonlyMap<string, string>): Path {
  if (renamed.size === 0) return path;
  return path.map((key) => (typeof key === "string" ? (renamed.get(key) ?? key) : key));
}

function fieldError(error: GraphQLFormattedError, path: Path | undefined): FieldError {
  return { message: error.message, path, extensions: error.extensions ?? {} };
}
