/** From a subgraph's JSON to a SubgraphResult: its shape is checked, its errors are made safe to hand on. */
import type { GraphQLFormattedError } from "graphql";
import type { CursorVector } from "../../schema/cursor.ts";
import { isJsonObject, type JsonObject } from "../execution/execution-state.ts";
import type { SubgraphResult } from "../subgraph-transport.ts";
import { TransportFailure } from "./transport-failure.ts";

/** Codes about a request that the gateway wrote, not the client: they are a fault between the two, and say its insides. */
const codesOfRequests: ReadonlySet<unknown> = new Set([
  "BAD_REQUEST",
  "DOCUMENT_LIMIT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** Codes that libraries give to errors nobody meant for a client. */
const unexpectedCodes: ReadonlySet<unknown> = new Set(["INTERNAL_SERVER_ERROR", "INTERNAL"]);

/** What clients may see of a subgraph's errors. */
export interface ErrorRules {
  /**
   * Whether an error without a code of its own is shown as a plain sentence, since its text may hold anything (addresses,
   * SQL, paths). False: as it is, with the code SUBGRAPH_ERROR.
   */
  readonly mask: boolean;
  /** The extensions that are shown beside `code`. @default all but insides such as `stacktrace` */
  readonly extensions?: readonly string[];
}

/**
 * Reads `{ data?, errors?, extensions? }`. A cursor is taken from `extensions.onefold.cursor`.
 * @throws TransportFailure if it is no GraphQL response
 */
export function readResult(json: unknown, rules: ErrorRules): SubgraphResult {
  if (!isJsonObject(json)) throw notGraphQL("no object");
  const { data, errors = null, extensions } = json;
  if (data !== undefined && data !== null && !isJsonObject(data)) throw notGraphQL("data is no object");
  if (errors !== null && !Array.isArray(errors)) throw notGraphQL("errors are no list");
  const list = errors === null ? [] : readErrors(errors, rules);
  if (data === undefined && list.length === 0) throw notGraphQL("neither data nor errors");
  const cursor = readCursor(extensions);
  return {
    ...(data === undefined ? {} : { data }),
    ...(list.length === 0 ? {} : { errors: list }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Errors as the gateway's executor takes them: a code is a text or absent, a path is one or absent. */
export function readErrors(errors: readonly unknown[], rules: ErrorRules): readonly GraphQLFormattedError[] {
  return errors.map((error) => {
    if (!isJsonObject(error) || typeof error["message"] !== "string") {
      return { message: "An error of a form that GraphQL does not have." };
    }
    const { message, path } = error;
    const extensions = readExtensions(error["extensions"], rules);
    return { message, ...(isPath(path) ? { path } : {}), ...(extensions === undefined ? {} : { extensions }) };
  });
}

/** Without a code, an error is taken as one that was not meant for clients. */
function readExtensions(given: unknown, { mask, extensions }: ErrorRules): JsonObject | undefined {
  const { code, ...others } = isJsonObject(given) ? given : {};
  const shown = extensions === undefined ? others : pick(others, extensions);
  if (typeof code === "string" && !codesOfRequests.has(code) && (mask || !unexpectedCodes.has(code))) {
    return { ...shown, code };
  }
  if (!mask) return { ...shown, code: "SUBGRAPH_ERROR" };
  return isJsonObject(given) ? shown : undefined;
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}

function isPath(path: unknown): path is readonly (string | number)[] {
  return (
    Array.isArray(path) &&
    path.every((key) => typeof key === "string" || (Number.isSafeInteger(key) && (key as number) >= 0))
  );
}

/** A cursor of another form says nothing. */
function readCursor(extensions: unknown): CursorVector | undefined {
  const onefold = isJsonObject(extensions) ? extensions["onefold"] : undefined;
  const cursor = isJsonObject(onefold) ? onefold["cursor"] : undefined;
  if (!isJsonObject(cursor)) return undefined;
  const isOffset = (offset: unknown): boolean => Number.isSafeInteger(offset) && (offset as number) >= 0;
  return Object.values(cursor).every(isOffset) ? (cursor as CursorVector) : undefined;
}

function notGraphQL(what: string): TransportFailure {
  return new TransportFailure("its answer is not GraphQL", what);
}
