/** Masking: which of a subgraph's error a client may see. */
import type { GraphQLFormattedError } from "graphql";
import type { GatewayLogger } from "../gateway-logger.ts";

/** Extensions that carry a subgraph's insides; `http` would set the status of the client's whole answer. */
const innerExtensions = new Set(["stacktrace", "exception", "debug", "serviceName", "http"]);

/** Codes that libraries give to errors nobody meant for a client. */
const unexpectedCodes = new Set<unknown>([undefined, "INTERNAL_SERVER_ERROR", "INTERNAL"]);

/** GraphQL's own words about a broken promise of the schema tell nothing but schema. */
const nullViolation = /^Cannot return null for non-nullable field \w+\.\w+\.$/;

/**
 * An error with a code of its own was meant to be seen and passes, without insides. Any other may hold anything (addresses,
 * SQL, paths), so it is logged and the client gets a plain sentence.
 */
export function exposeError(
  error: GraphQLFormattedError,
  subgraph: string,
  logger: GatewayLogger,
): GraphQLFormattedError {
  const path = error.path === undefined ? {} : { path: error.path };
  const code = error.extensions?.["code"];
  if (unexpectedCodes.has(code)) {
    if (nullViolation.test(error.message))
      return { message: error.message, ...path, extensions: { code: "INTERNAL", subgraph } };
    logger.error({ err: error, subgraph }, "A subgraph failed unexpectedly.");
    const message = `The subgraph "${subgraph}" failed unexpectedly.`;
    return { message, ...path, extensions: { code: "INTERNAL", subgraph } };
  }
  const shown = Object.entries(error.extensions ?? {}).filter(([key]) => !innerExtensions.has(key));
  return { message: error.message, ...path, extensions: { ...Object.fromEntries(shown), subgraph } };
}
