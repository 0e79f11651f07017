/** Reads an HTTP request of ClickHouse's interface: statement, parameters and settings from URL, headers, form and body. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { SessionSetup } from "./session-pool.ts";
import { EndpointException } from "./endpoint-exception.ts";
import { formException, readMultipartForm } from "./multipart-form.ts";

export interface EndpointRequest {
  /** What the URL or the form gives as `query`, without a body that follows it. */
  readonly query: string;
  /** What follows the query: rows of an insert, or the rest of the text. */
  readonly body: Buffer;
  readonly setup: SessionSetup;
  readonly format: string;
  readonly queryId: string | undefined;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The defaults of a server: `http_max_uri_size`, `http_max_field_value_size`. */
export const MAX_URI_BYTES = 1024 * 1024;
const MAX_FIELD_CHARACTERS = 128 * 1024;
/** A body is held as a whole. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** Fields of the interface itself. Every other one is a setting of the engine. */
const ownFields = new Set(
  "query database default_format user password quota_key query_id buffer_size wait_end_of_query stacktrace role".split(
    " ",
  ),
);
const refusedFields = ["session_id", "compress", "decompress"];

/** @throws EndpointException */
export async function readEndpointRequest(request: IncomingMessage, url: URL): Promise<EndpointRequest> {
  const given = await readBody(request);
  const contentType = request.headers["content-type"] ?? "";
  const isForm = contentType.startsWith("multipart/form-data");
  const fields = [...url.searchParams, ...(isForm ? readMultipartForm(contentType, given) : [])];
  for (const [name, value] of fields) {
    if (value.length > MAX_FIELD_CHARACTERS && name !== "query") throw formException("Field value too long");
    if (refusedFields.includes(name)) throw new EndpointException(48, "NOT_IMPLEMENTED", `${name} is not supported`);
  }
  const field = (name: string, header: string): string | undefined =>
    fields.find(([key]) => key === name)?.[1] ?? textOf(request.headers[header]);
  const settings = fields.filter(([name]) => !ownFields.has(name) && !name.startsWith("param_"));
  const invalid = settings.find(([name]) => !/^\w+$/.test(name));
  if (invalid !== undefined) throw new EndpointException(115, "UNKNOWN_SETTING", `Unknown setting '${invalid[0]}'`);
  return {
    query: fields
      .filter(([name]) => name === "query")
      .map(([, text]) => text)
      .join(""),
    body: isForm ? Buffer.alloc(0) : given,
    setup: {
      database: field("database", "x-clickhouse-database") ?? "default",
      // A server takes no changes by GET.
      settings: request.method === "POST" ? settings : [...settings, ["readonly", "2"]],
      parameters: fields.flatMap(([name, value]) =>
        /^param_\w+$/.test(name) ? [[name.slice("param_".length), value] as const] : [],
      ),
    },
    format: field("default_format", "x-clickhouse-format") ?? "TabSeparated",
    queryId: field("query_id", "x-clickhouse-query-id"),
  };
}

/** Who asks, by headers, basic authorization or URL; `default` without a password if nobody is named. */
export function readCredentials(request: IncomingMessage, url: URL): Credentials {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (basic !== undefined) {
    const [user = "", ...password] = Buffer.from(basic, "base64").toString("utf8").split(":");
    return { user, password: password.join(":") };
  }
  return {
    user: textOf(request.headers["x-clickhouse-user"]) ?? url.searchParams.get("user") ?? "default",
    password: textOf(request.headers["x-clickhouse-key"]) ?? url.searchParams.get("password") ?? "",
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new EndpointException(229, "QUERY_IS_TOO_LARGE", "The body is too large");
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  switch (encoding) {
    case "identity":
    case "":
      return bytes;
    case "gzip":
      return promisify(gunzip)(bytes);
    case "deflate":
      return promisify(inflate)(bytes);
    case "br":
      return promisify(brotliDecompress)(bytes);
    default:
      throw new EndpointException(48, "NOT_IMPLEMENTED", `Content-Encoding ${encoding} is not supported`);
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
