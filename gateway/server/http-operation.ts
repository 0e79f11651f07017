/** From an HTTP request to what Apollo Server gets: the same, with the document itself where it was named. */
import type { IncomingMessage } from "node:http";
import type { GraphQLError } from "graphql";
import type { PersistedDocuments } from "./persisted-documents.ts";
import { unaskedForm } from "./get-policy.ts";
import { isFormRequest, readUpload, type UploadLimits } from "../uploads/read-upload.ts";
import type { UploadSet } from "../uploads/upload-set.ts";
import type { UploadSettings } from "../uploads/upload-settings.ts";
import { isJsonRequest } from "./read-body.ts";
import { readRequest } from "./read-request.ts";
import type { RequestParameters } from "./request-parameters.ts";
import { badRequest } from "./send-json.ts";

export interface HttpOperation {
  /** Undefined for a request that Apollo Server refuses. */
  readonly query: string | undefined;
  readonly search: string;
  readonly body: unknown;
  /** What is asked for; undefined for a request that Apollo Server refuses. */
  readonly parameters: RequestParameters | undefined;
  /** The files that come with it. */
  readonly uploads?: UploadSet;
}

export interface RefusedOperation {
  readonly status: number;
  readonly errors: readonly GraphQLError[];
  readonly isUnread: boolean;
}

export interface ReadingDeps {
  readonly documents: PersistedDocuments;
  readonly maxBodyBytes: number;
  /** Undefined: requests with files are Apollo Server's to refuse. */
  readonly uploads: UploadSettings | undefined;
}

/** Rejects only if the connection breaks. */
export async function readOperation(
  request: IncomingMessage,
  url: URL,
  { documents, maxBodyBytes, uploads }: ReadingDeps,
): Promise<HttpOperation | RefusedOperation> {
  const { method } = request;
  if (uploads !== undefined && method === "POST" && isFormRequest(request)) {
    return readUploadOperation(request, documents, { ...uploads, maxBodyBytes });
  }
  const isPost = method === "POST" && isJsonRequest(request);
  // Other methods, and content types that pages send unasked, are Apollo Server's to refuse: its words are the known ones.
  if (method !== "GET" && !isPost)
    return { query: undefined, search: url.search, body: undefined, parameters: undefined };
  const read = await readRequest(request, url.searchParams, maxBodyBytes);
  if ("status" in read) return { ...read, errors: [badRequest(read.message)] };
  const found = documents.find(read);
  if (found.error !== undefined) return { status: statusOf(found.error), errors: [found.error], isUnread: false };
  const parameters = { ...read, query: found.query, extensions: withoutName(read.extensions, found.isNamed) };
  return {
    query: found.query,
    search: !isPost && found.isNamed ? toSearch(parameters) : url.search,
    body: isPost ? defined(parameters) : undefined,
    parameters,
  };
}

/** An operation with files is known before these are there. */
async function readUploadOperation(
  request: IncomingMessage,
  documents: PersistedDocuments,
  limits: UploadLimits,
): Promise<HttpOperation | RefusedOperation> {
  const forbidden = unaskedForm(request);
  if (forbidden !== undefined) return { status: 403, errors: [forbidden], isUnread: true };
  const read = await readUpload(request, limits);
  if ("status" in read) return { ...read, errors: [badRequest(read.message)] };
  const { uploads } = read;
  const found = documents.find(read.parameters);
  if (found.error !== undefined) return { status: statusOf(found.error), errors: [found.error], isUnread: true };
  const extensions = withoutName(read.parameters.extensions, found.isNamed);
  const body = defined({ ...read.parameters, query: found.query, extensions });
  return { query: found.query, search: "", body, parameters: undefined, uploads };
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
