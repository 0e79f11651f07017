/** The subgraph's edge for errors: what clients may see of them. Everything unexpected is logged and masked. */
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { errorCatalogue, OnefoldError, type ErrorCode } from "../../schema/errors.ts";
import type { Logger } from "./serving-deps.ts";

export interface ErrorEdge {
  readonly requestId: string;
  readonly domain: string;
  readonly logger: Logger;
}

/** Codes whose message is about what the client gave. The message of any other may speak of our inside. */
const speaksToClients: ReadonlySet<ErrorCode> = new Set([
  "INPUT_INVALID",
  "CURSOR_INVALID",
  "CURSOR_EXPIRED",
  "WAIT_TIMEOUT",
]);

/** Each error with a catalogued `extensions.code`, without stack traces or internal names. */
export function formatErrors(errors: readonly GraphQLError[], edge: ErrorEdge): readonly GraphQLFormattedError[] {
  return errors.map((error) => formatError(error, edge));
}

function formatError(error: GraphQLError, edge: ErrorEdge): GraphQLFormattedError {
  const place = placeOf(error);
  const cause = error.originalError;
  if (typeof error.extensions["code"] === "string") {
    return { message: error.message, ...place, extensions: error.extensions };
  }
  if (cause instanceof OnefoldError) {
    const { code, remedy } = cause;
    const message = speaksToClients.has(code) ? cause.message : errorCatalogue[code].cause;
    if (message !== cause.message) log(error, edge);
    return { message, ...place, extensions: { code, remedy } };
  }
  // graphql-js itself speaks of the request (unknown fields, variables of the wrong type) before it has a path.
  if (error.path === undefined && (cause === undefined || cause instanceof GraphQLError)) {
    const { remedy } = errorCatalogue.INPUT_INVALID;
    return { message: error.message, ...place, extensions: { code: "INPUT_INVALID", remedy } };
  }
  log(error, edge);
  const { cause: message, remedy } = errorCatalogue.INTERNAL;
  return { message, ...place, extensions: { code: "INTERNAL", remedy, requestId: edge.requestId } };
}

function placeOf({ path, locations }: GraphQLError): Pick<GraphQLFormattedError, "path" | "locations"> {
  return { ...(path === undefined ? {} : { path }), ...(locations === undefined ? {} : { locations }) };
}

function log(error: GraphQLError, { requestId, domain, logger }: ErrorEdge): void {
  const cause = error.originalError ?? error;
  logger.error({ requestId, domain, path: error.path?.join("."), err: cause }, cause.message);
}
