/** From an HTTP request to what Apollo Server gets: the same, with the document itself where it was named. */
import type { IncomingMessage } from "node:http";
import type { GraphQLError } from "graphql";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { isJsonRequest } from "./read-body.ts";
import { readRequest } from "./read-request.ts";
import type { RequestParameters } from "./request-parameters.ts";
import { badRequest } from "./send-json.ts";

export interface HttpOperation {
  /** Undefined for a request that Apollo Server refuses. */
  readonly query: string | undefined;
  readonly search: string;
  readonly body: unknown;
  /** What a POST asks for; undefined for other methods. */
  readonly posted: RequestParameters | undefined;
}

export interface RefusedOperation {
  readonly status: number;
  readonly errors: readonly GraphQLError[];
  readonly isUnread: boolean;
}

export interface ReadingDeps {
  readonly documents: PersistedDocuments;
  readonly maxBodyBytes: number;
}

/** Rejects only if the connection breaks. */
export async function readOperation(
  request: IncomingMessage,
  url: URL,
  { documents, maxBodyBytes }: ReadingDeps,
): Promise<HttpOperation | RefusedOperation> {
  const { method } = request;
  const isPost = method === "POST" && isJsonRequest(request);
  // Other methods, and content types that pages send unasked, are Apollo Server's to refuse: its words are the known ones.
  if (method !== "GET" && !isPost) return { query: undefined, search: url.search, body: undefined, posted: undefined };
  const read = await readRequest(request, url.searchParams, maxBodyBytes);
  if ("status" in read) return { ...read, errors: [badRequest(read.message)] };
  const found = documents.find(read);
  if (found.error !== undefined) return { status: statusOf(found.error), errors: [found.error], isUnread: false };
  const parameters = { ...read, query: found.query, extensions: withoutName(read.extensions, found.isNamed) };
  return {
    query: found.query,
    search: !isPost && found.isNamed ? toSearch(parameters) : url.search,
    body: isPost ? defined(parameters) : undefined,
    posted: isPost ? parameters : undefined,
  };
}

/** Apollo's clients take a 200 for the question to send the text; other statuses they may take for a failure. */
function statusOf({ extensions }: GraphQLError): number {
  if (extensions["code"] === "PERSISTED_QUERY_NOT_FOUND") return 200;
  return extensions["code"] === "DOCUMENT_NOT_TRUSTED" ? 403 : 400;
}

function withoutName(extensions: RequestParameters["extensions"], isNamed: boolean): RequestParameters["extensions"] {
  if (!isNamed || extensions === undefined) return extensions;
  const { persistedQuery: _name, ...others } = extensions;
  return others;
}

function toSearch(parameters: RequestParameters): string {
  const texts = Object.entries(defined(parameters)).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return `?${new URLSearchParams(texts).toString()}`;
}

function defined(parameters: RequestParameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}
