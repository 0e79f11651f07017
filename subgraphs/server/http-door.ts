/** The HTTP door of one subgraph: POST and GET, through Apollo Server's pipeline. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeaderMap, type ApolloServer } from "@apollo/server";
import type { ApolloContext } from "./apollo-subgraph.ts";
import { httpContext } from "./caller-context.ts";
import { readBody } from "./read-body.ts";
import { sendError } from "./send-json.ts";

export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createHttpDoor(apollo: ApolloServer<ApolloContext>, maxBodyBytes: number): HttpDoor {
  return async (request, response) => {
    const body = request.method === "POST" ? await readBody(request, maxBodyBytes) : { json: undefined };
    if ("refused" in body) {
      // What is left of a refused body is not read: the connection cannot be used again.
      response.setHeader("connection", "close");
      sendError(response, body.refused, { code: "BAD_REQUEST", message: body.message });
      return;
    }
    const aborted = new AbortController();
    response.once("close", () => aborted.abort());
    const context = httpContext(request.headers);
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? "GET",
        headers: headerMap(context.headers),
        search: searchOf(request.url ?? "/"),
        body: body.json,
      },
      context: () => Promise.resolve({ kind: "run", request: context, signal: aborted.signal }),
    });
    for (const [name, value] of answer.headers) response.setHeader(name, value);
    response.setHeader("x-request-id", context.requestId);
    response.statusCode = answer.status ?? 200;
    if (answer.body.kind !== "complete") throw new Error("Apollo Server answered in parts, which nothing asked for.");
    response.setHeader("content-length", Buffer.byteLength(answer.body.string));
    response.end(answer.body.string);
  };
}

function headerMap(headers: Readonly<Record<string, string | undefined>>): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) map.set(name, value);
  return map;
}

function searchOf(url: string): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start);
}
