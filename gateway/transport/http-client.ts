/** How one operation travels over HTTP. Its implementations are HTTP/1.1 and HTTP/2; what is above knows neither. */
import type { Readable } from "node:stream";
import type { HttpExchange } from "./http-exchange.ts";

export interface HttpPost {
  /** Names and values by turns; names in lower case. */
  readonly headers: readonly string[];
  /** A stream is sent once. */
  readonly body: string | Readable;
}

export interface TextPost extends HttpPost {
  readonly body: string;
}

export interface HttpClient {
  /** Sends it once; what comes of it is told to the exchange. Never throws. */
  post(post: HttpPost, exchange: HttpExchange): void;
  /** Breaks what is on its way; later posts fail. Idempotent. */
  close(): void;
}
