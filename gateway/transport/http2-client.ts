/** HTTP/2 to one subgraph: many requests at once on one connection that TLS has negotiated. */
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import { pipeline } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { HttpPost } from "./http-client.ts";
import type { AnswerHead, HttpExchange } from "./http-exchange.ts";

/** A subgraph may send so much of an answer, and of all answers, before it must wait for the gateway. */
const streamWindowBytes = 1024 * 1024;
const sessionWindowBytes = 16 * 1024 * 1024;

/** Without traffic for so long, it is closed. */
const idleTimeoutMs = 60_000;

/** A request that was given up without a sign of life: so long later the connection has shown one, or is dropped. */
const pingTimeoutMs = 400;

export class Http2Connection {
  readonly #session: ClientHttp2Session;
  readonly #path: string;
  #isUsable = true;
  #ping: NodeJS.Timeout | undefined;

  constructor(socket: TLSSocket, origin: string, path: string) {
    this.#path = path;
    this.#session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    });
    const end = (): void => {
      this.#isUsable = false;
      clearTimeout(this.#ping);
    };
    this.#session.on("connect", () => this.#session.setLocalWindowSize(sessionWindowBytes));
    // What breaks it breaks its streams as well: they tell.
    this.#session.on("error", end);
    this.#session.on("goaway", end);
    this.#session.on("close", end);
    this.#session.setTimeout(idleTimeoutMs, () => {
      this.#isUsable = false;
      this.#session.close();
    });
  }

  /** False once it takes no more requests. */
  get isUsable(): boolean {
    return this.#isUsable && !this.#session.closed && !this.#session.destroyed;
  }

  post({ headers, body }: HttpPost, exchange: HttpExchange): void {
    if (exchange.isOver) {
      exchange.onFail("It was cancelled before it was sent.");
      return;
    }
    const length = typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {};
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({ ...this.#headersOf(headers), ...length });
    } catch (error) {
      exchange.onFail(error, "refused");
      return;
    }
    const told = follow(stream, exchange);
    exchange.onStart(() => {
      stream.close(constants.NGHTTP2_CANCEL);
      if (!told.hasHead) this.#checkAlive();
    });
    if (typeof body === "string") stream.end(body);
    // What breaks it, the exchange is told by the stream's end.
    else pipeline(body, stream, () => undefined);
  }

  close(): void {
    this.#session.destroy();
  }

  #headersOf(list: readonly string[]): Record<string, string> {
    const headers: Record<string, string> = { ":method": "POST", ":path": this.#path };
    for (let at = 0; at + 1 < list.length; at += 2) headers[list[at] ?? ""] = list[at + 1] ?? "";
    return headers;
  }

  /** One connection carries all: were it dead without having said so, no request would ever come through again. */
  #checkAlive(): void {
    if (this.#ping !== undefined || !this.isUsable) return;
    this.#ping = setTimeout(() => this.#session.destroy(), pingTimeoutMs);
    this.#session.ping(() => {
      clearTimeout(this.#ping);
      this.#ping = undefined;
    });
  }
}

/** Tells the exchange what arrives: in the end that it is whole, or that it failed. */
function follow(stream: ClientHttp2Stream, exchange: HttpExchange): { readonly hasHead: boolean } {
  const told = { hasHead: false };
  let isWhole = false;
  stream.on("response", (headers) => {
    told.hasHead = true;
    exchange.onHead(readHead(headers));
  });
  stream.on("data", (chunk: Buffer) => exchange.onData(chunk));
  // A stream that is reset may end as well: only `close` knows.
  stream.on("end", () => (isWhole = true));
  let cause: unknown = "The stream was reset.";
  stream.on("error", (error: unknown) => {
    cause = error;
  });
  stream.on("close", () => {
    if (isWhole && told.hasHead && stream.rstCode === constants.NGHTTP2_NO_ERROR) exchange.onEnd();
    else exchange.onFail(cause);
  });
  return told;
}

function readHead(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): AnswerHead {
  return {
    status: headers[":status"] ?? 0,
    contentType: headers["content-type"] ?? "",
    contentEncoding: headers["content-encoding"] ?? "",
    contentLength: headers["content-length"] ?? "",
  };
}
