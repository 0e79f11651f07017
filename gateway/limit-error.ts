/** The error of a request that goes beyond a limit, whichever part of the gateway finds it. */
import { GraphQLError } from "graphql";

const limitCode = "DOCUMENT_LIMIT";

export function limitError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: limitCode } });
}

export function isLimitError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.extensions["code"] === limitCode;
}
