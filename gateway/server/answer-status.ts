/** HTTP status of what is answered without data: Apollo Server has one for both media types, the specification has two. */
import type { ApolloServerPlugin, HTTPGraphQLResponse } from "@apollo/server";
import type { HttpContext } from "./apollo-host.ts";

/** `mistake`: the request is well formed, its document or variables are not good. `fault`: it failed inside the gateway. */
export type Failure = "mistake" | "fault";

/** Holds, once a request is through Apollo Server, why it has no data; undefined if it has, or never came so far. */
export interface FailureNote {
  failure?: Failure;
}

const mistakes = new Set<unknown>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "OPERATION_RESOLUTION_FAILURE",
]);

/** 400 in any media type: such a request is not looked into further. */
const refusals = new Set<unknown>(["BAD_REQUEST", "DOCUMENT_LIMIT"]);

/** Notes why a request is answered without data, before Apollo Server makes a text of it. */
export const noteFailures: ApolloServerPlugin<HttpContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ response, contextValue, errors = [] }) => {
        const { note } = contextValue;
        const codes = errors.map(({ extensions }) => extensions["code"]);
        const isRefused = codes.some((code) => refusals.has(code));
        if (response.http.status === 400 && codes.length > 0 && !isRefused) {
          note.failure = codes.every((code) => mistakes.has(code)) ? "mistake" : "fault";
        }
        return Promise.resolve();
      },
    }),
};

/**
 * Under `application/json` a well-formed request is answered with 200, good or not: old clients take any other status for a
 * broken connection. Under `application/graphql-response+json` the status says whose fault it is.
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
 */
export function answerStatus({ status = 200, headers }: HTTPGraphQLResponse, { failure }: FailureNote): number {
  if (failure === undefined || status !== 400) return status;
  if (headers.get("content-type")?.startsWith("application/json") === true) return 200;
  return failure === "mistake" ? 400 : 500;
}
