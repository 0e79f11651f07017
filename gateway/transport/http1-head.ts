/**
 * The head of an HTTP/1.1 answer, read strictly: what two readers could take for different things is refused.
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
import type { AnswerHead } from "./http-exchange.ts";

export interface Http1Head extends AnswerHead {
  /** How long the body is, in bytes; `chunked`, where its chunks say so; `close`, where the connection's end does. */
  readonly body: number | "chunked" | "close";
  /** How long the connection may be kept without a request, in milliseconds; 0: it is not to be used again. */
  readonly idleMs: number;
}

/** A server that says nothing of it may close a connection after 5 seconds (Node.js does). */
const usualIdleMs = 4_000;
const mostIdleMs = 600_000;
/** A request may be on its way while the server closes the connection. */
const idleMarginMs = 1_000;

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;

/**
 * Reads the lines before the blank one. Undefined: they are no head of an answer.
 * @param text bytes as Latin-1
 */
export function readHttp1Head(text: string): Http1Head | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, status] = statusLine.exec(first) ?? [];
  if (status === undefined) return undefined;
  const headers = readHeaders(lines);
  const body = headers === undefined ? undefined : bodyOf(Number(status), headers);
  if (headers === undefined || body === undefined || (minor === "0" && body === "chunked")) return undefined;
  const keeps = body !== "close" && mayBeKept(minor === "1", headers.get("connection"));
  return {
    status: Number(status),
    contentType: headers.get("content-type") ?? "",
    contentEncoding: headers.get("content-encoding") ?? "",
    contentLength: headers.get("content-length") ?? "",
    body,
    idleMs: keeps ? readIdleMs(headers.get("keep-alive")) : 0,
  };
}

/** By name in lower case; of a header that is there more than once the last one counts, unless it says how long the body is. */
function readHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, given, value] = headerLine.exec(line) ?? [];
    if (given === undefined || value === undefined) return undefined;
    const name = given.toLowerCase();
    if ((name === "content-length" || name === "transfer-encoding") && headers.has(name)) return undefined;
    headers.set(name, value);
  }
  return headers;
}

function bodyOf(status: number, headers: ReadonlyMap<string, string>): Http1Head["body"] | undefined {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding")?.toLowerCase();
  if (coding !== undefined && (coding !== "chunked" || length !== undefined)) return undefined;
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return undefined;
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) return "chunked";
  return length === undefined ? "close" : Number(length);
}

function mayBeKept(isUsual: boolean, connection = ""): boolean {
  const tokens = connection.toLowerCase().split(/[\t ]*,[\t ]*/);
  return !tokens.includes("close") && (isUsual || tokens.includes("keep-alive"));
}

/** @param keepAlive such as `timeout=5` */
function readIdleMs(keepAlive: string | undefined): number {
  const [, seconds] = /\btimeout=(\d{1,9})\b/i.exec(keepAlive ?? "") ?? [];
  if (seconds === undefined) return usualIdleMs;
  return Math.max(0, Math.min(mostIdleMs, Number(seconds) * 1000 - idleMarginMs));
}
