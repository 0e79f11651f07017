/** HTTP status of what is answered without data: Apollo Server has one for both media types, the specification has two. */
import type { ApolloServerPlugin, HTTPGraphQLResponse } from "@apollo/server";
import { deniedCode } from "../authorization/denied-error.ts";
import type { HttpContext } from "./apollo-host.ts";

/**
 * `mistake`: the request is well formed, its document or variables are not good. `fault`: it failed inside the gateway.
 * `unauthenticated`, `forbidden`: the client may not have what it asks for.
 */
export type Failure = keyof typeof statuses;

const statuses = { mistake: 400, fault: 500, unauthenticated: 401, forbidden: 403 } as const;

/** Holds, once a request is through Apollo Server, what it failed by; empty if it did not, or never came so far. */
export interface FailureNote {
  /** Why it has no data. */
  failure?: Failure;
  /** Of the first error of an answer that has some. */
  code?: string;
}

const mistakes = new Set<unknown>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "OPERATION_RESOLUTION_FAILURE",
]);

const denials = new Map<unknown, Failure>([
  ["UNAUTHENTICATED", "unauthenticated"],
  ["FORBIDDEN", "forbidden"],
  [deniedCode, "forbidden"],
]);

/** 400 in any media type: such a request is not looked into further. */
const refusals = new Set<unknown>(["BAD_REQUEST", "DOCUMENT_LIMIT", "COST_LIMIT"]);

/** Notes why a request is answered without data, before Apollo Server makes a text of it. */
export const noteFailures: ApolloServerPlugin<HttpContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ response, contextValue, errors = [] }) => {
        const { note } = contextValue;
        const codes = errors.map(({ extensions }) => extensions["code"]);
        if (typeof codes[0] === "string") note.code = codes[0];
        const isRefused = codes.some((code) => refusals.has(code));
        if (response.http.status === 400 && codes.length > 0 && !isRefused) {
          note.failure = codes.every((code) => mistakes.has(code)) ? "mistake" : (denials.get(codes[0]) ?? "fault");
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
  return statuses[failure];
}
