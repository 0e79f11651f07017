/** Answers of the subgraph server that do not come from a subgraph, in JSON. */
import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../../schema/errors.ts";

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

/** In the form that GraphQL clients expect. */
export function sendError(
  response: ServerResponse,
  status: number,
  { code, message }: { readonly code: ErrorCode; readonly message: string },
): void {
  sendJson(response, status, { errors: [{ message, extensions: { code } }] });
}
