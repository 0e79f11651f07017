/** Answers of the HTTP server in JSON, GraphQL errors included. */
import type { ServerResponse } from "node:http";
import { GraphQLError } from "graphql";

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** A request-level failure in the form that GraphQL clients expect. */
export function sendErrors(response: ServerResponse, status: number, errors: readonly GraphQLError[]): void {
  sendJson(response, status, { errors });
}

export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST" } });
}
