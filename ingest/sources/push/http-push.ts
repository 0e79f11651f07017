/** The push source over HTTP: `POST /ingest/<source>`, for any `node:http` server. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { OnefoldError, type ErrorCode } from "../../../schema/errors.ts";
import type { PushAnswer, PushSource } from "./push-source.ts";

export interface HttpPushOptions {
  /**
   * Whether a page of this origin may push. Browsers send some kinds of POST without asking first, so a page anywhere
   * could write to a server on the reader's own machine. @default only pages of the same host
   */
  readonly allowOrigin?: (origin: string) => boolean;
}

export type HttpPush = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Whether a request is for {@link createHttpPush}. */
export function isPushPath(url: string): boolean {
  return /^\/ingest\/[^/?]*\/?(\?|$)/.test(url);
}

export function createHttpPush(source: PushSource, options: HttpPushOptions = {}): HttpPush {
  return async (request, response) => {
    const answer =
      refuse(request, options) ??
      (await source.push(sourceName(request.url ?? ""), chunksOf(request), {
        contentType: request.headers["content-type"],
      }));
    if (response.destroyed) return;
    const text = JSON.stringify(answer.body);
    response.statusCode = answer.status;
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.setHeader("cache-control", "no-store");
    if (answer.status === 405) response.setHeader("allow", "POST");
    // What is left of a refused body is not read.
    if (!request.complete) response.setHeader("connection", "close");
    response.end(text);
  };
}

function refuse(request: IncomingMessage, options: HttpPushOptions): PushAnswer | null {
  const { method, headers } = request;
  if (method !== "POST") {
    return refusal(405, { code: "INPUT_INVALID", message: `Events are pushed by POST, not ${String(method)}.` });
  }
  const { origin } = headers;
  if (origin !== undefined && !(options.allowOrigin?.(origin) ?? isSameHost(origin, headers.host))) {
    const message = `Pages of ${JSON.stringify(origin)} may not push events.`;
    return refusal(403, {
      code: "INPUT_INVALID",
      message,
      remedy: "Push from a server, or allow it with --cors-origin.",
    });
  }
  const encoding = headers["content-encoding"] ?? "identity";
  const type = headers["content-type"] ?? "";
  if (encoding !== "identity" || /^(text\/csv|multipart\/|application\/(xml|avro|x-protobuf))/i.test(type)) {
    const what = encoding === "identity" ? `type ${type}` : `encoding ${encoding}`;
    const remedy = "Send plain JSON or NDJSON; CSV and gzip files go through `onefold ingest file`.";
    return refusal(415, { code: "INPUT_INVALID", message: `Bodies of ${what} are not taken.`, remedy });
  }
  return null;
}

function refusal(
  status: 403 | 405 | 415,
  error: { readonly code: ErrorCode; readonly message: string; readonly remedy?: string },
): PushAnswer {
  const { code, message, remedy } = new OnefoldError(error.code, error.message, error);
  return { status, body: { error: { code, message, remedy } } };
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function sourceName(url: string): string {
  const name = /^\/ingest\/([^/?]*)/.exec(url)?.[1] ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Breaking off leaves the socket open, so that the answer still goes out. */
function chunksOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> };
}
