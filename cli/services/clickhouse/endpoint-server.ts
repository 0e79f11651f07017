/** Serves ClickHouse's HTTP interface over the in-process engine: for development and tests where no server is at hand. */
import { randomUUID, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EndpointException, toldException } from "./endpoint-exception.ts";
import {
  MAX_URI_BYTES,
  readCredentials,
  readEndpointRequest,
  type Credentials,
  type EndpointRequest,
} from "./endpoint-request.ts";
import { openEngineSessions, type EngineResult, type EngineSessions } from "./engine-sessions.ts";
import { readInsertHead } from "./insert-head.ts";

export interface EndpointOptions {
  /** The data folder of the engine. One process at a time may have it open. */
  readonly folder: string;
  /** On 127.0.0.1. 0: any free port. */
  readonly port: number;
  /** Whom it answers; null: anybody. */
  readonly credentials: Credentials | null;
  /** Of the engine, in ClickHouse's XML; null: its defaults. */
  readonly configFile: string | null;
}

export interface Endpoint extends AsyncDisposable {
  readonly port: number;
}

/** As a server's `keep_alive_timeout`. */
const KEEP_ALIVE_MS = 10_000;

/** Disposal answers what it has begun with, and closes the engine. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const engine = openEngineSessions(options.folder, options.configFile);
  // The longest URI stands beside other headers.
  const server = createServer({ maxHeaderSize: MAX_URI_BYTES + 64 * 1024, keepAliveTimeout: KEEP_ALIVE_MS });
  let closing = false;
  server.on("request", (request, response) => {
    // A connection that becomes idle would keep the server open.
    response.once("close", () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    void serve(engine, options.credentials, request, response);
  });
  try {
    server.listen(options.port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      closing = true;
      server.close();
      server.closeIdleConnections();
      await closed;
      await engine[Symbol.asyncDispose]();
    },
  };
}

async function serve(
  engine: EngineSessions,
  credentials: Credentials | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const queryId = randomUUID();
  try {
    if ((request.url ?? "").length > MAX_URI_BYTES) {
      send(response, 400, { connection: "close" }, "HTTP request URI invalid or too long\n");
      return;
    }
    const url = new URL(request.url ?? "/", "http://endpoint");
    if (url.pathname === "/ping" || (url.pathname === "/" && request.method === "GET" && url.search === "")) {
      send(response, 200, {}, "Ok.\n");
    } else if (url.pathname !== "/") {
      send(response, 404, {}, `There is no handle ${url.pathname}\n`);
    } else {
      authenticate(credentials, readCredentials(request, url));
      await answer(engine, await readEndpointRequest(request, url), response, queryId);
    }
  } catch (error) {
    if (response.destroyed || response.headersSent) return;
    const { code, status, text } = toldException(error);
    send(response, status, { ...engineHeaders(queryId), "x-clickhouse-exception-code": String(code) }, text);
  }
}

async function answer(
  engine: EngineSessions,
  request: EndpointRequest,
  response: ServerResponse,
  ownId: string,
): Promise<void> {
  const started = process.hrtime.bigint();
  const result = await execute(engine, request);
  const summary = {
    read_rows: result.readRows,
    read_bytes: result.readBytes,
    written_rows: result.writtenRows,
    written_bytes: result.writtenBytes,
    total_rows_to_read: 0,
    result_rows: result.writtenRows,
    result_bytes: result.bytes.length,
    elapsed_ns: process.hrtime.bigint() - started,
  };
  const texts = Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, String(value)]));
  const format = /\bformat\s+(\w+)\s*(?:settings\b[^']*)?;?\s*$/i.exec(request.query)?.[1] ?? request.format;
  const headers = {
    ...engineHeaders(request.queryId ?? ownId),
    "x-clickhouse-summary": JSON.stringify(texts),
    "x-clickhouse-format": format,
    "content-type": contentType(format),
  };
  send(response, 200, headers, result.bytes);
}

async function execute(engine: EngineSessions, request: EndpointRequest): Promise<EngineResult> {
  const { setup, format, query, body } = request;
  const head = readInsertHead(query);
  if (head !== null) {
    const { settings, ...statement } = head;
    const own = { ...setup, settings: [...setup.settings, ...settings] };
    return body.length === 0 ? nothing : engine.insert(own, { ...statement, rows: body });
  }
  const rest = body.toString("utf8");
  if (/^\s*insert\b/i.test(query) && rest.includes("\uFFFD")) {
    throw new EndpointException(48, "NOT_IMPLEMENTED", "Rows in binary formats are not supported");
  }
  const sql = query === "" ? rest : `${query}\n${rest}`;
  if (sql.trim() === "")
    throw new EndpointException(62, "SYNTAX_ERROR", "Syntax error: failed at position 1 (end of query)");
  return engine.query(setup, { sql, format });
}

/** An insert of no rows. */
const nothing: EngineResult = { bytes: new Uint8Array(), readRows: 0, readBytes: 0, writtenRows: 0, writtenBytes: 0 };

function authenticate(wanted: Credentials | null, given: Credentials): void {
  if (wanted === null || (same(wanted.user, given.user) && same(wanted.password, given.password))) return;
  const message = `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`;
  throw new EndpointException(516, "AUTHENTICATION_FAILED", message);
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function engineHeaders(queryId: string): Record<string, string> {
  return {
    "x-clickhouse-query-id": queryId,
    "x-clickhouse-server-display-name": "onefold-endpoint",
    "x-clickhouse-timezone": "UTC",
  };
}

function contentType(format: string): string {
  if (/^(TSV|TabSeparated)/i.test(format)) return "text/tab-separated-values; charset=UTF-8";
  if (/^CSV/i.test(format)) return "text/csv; charset=UTF-8; header=absent";
  return /^JSON/i.test(format) ? "application/json; charset=UTF-8" : "text/plain; charset=UTF-8";
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
