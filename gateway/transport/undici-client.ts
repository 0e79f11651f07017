/** HTTP/1.1 over TLS through undici: what it tells goes to the exchange. */
import type { Dispatcher, Pool } from "undici";
import type { HttpClient, HttpPost } from "./http-client.ts";
import type { AnswerHead, HttpExchange } from "./http-exchange.ts";

export function createUndiciClient(pool: Pool, path: string): HttpClient {
  return {
    post({ headers, body }: HttpPost, exchange: HttpExchange) {
      const handler = new ExchangeHandler(exchange);
      // undici takes a list that it only reads, but its types do not say so.
      pool.dispatch({ method: "POST", path, headers: headers as string[], body }, handler);
    },
    close() {
      void pool.destroy();
    },
  };
}

/** What undici calls while a request runs. */
class ExchangeHandler implements Dispatcher.DispatchHandlers {
  readonly #exchange: HttpExchange;

  constructor(exchange: HttpExchange) {
    this.#exchange = exchange;
  }

  onConnect(abort: (reason: Error) => void): void {
    this.#exchange.onStart(abort);
  }

  onHeaders(status: number, headers: readonly Buffer[]): boolean {
    // An interim answer such as 103 comes before the real one.
    if (status >= 200) this.#exchange.onHead(readHead(status, headers));
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#exchange.onData(chunk);
    return true;
  }

  onComplete(): void {
    this.#exchange.onEnd();
  }

  onError(error: Error): void {
    this.#exchange.onFail(error, "code" in error && error.code === "UND_ERR_INVALID_ARG" ? "refused" : "outage");
  }
}

/** @param headers names and values by turns, as they came */
function readHead(status: number, headers: readonly Buffer[]): AnswerHead {
  let contentType = "";
  let contentEncoding = "";
  let contentLength = "";
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at];
    // Most headers are told apart by their length alone: no text is made of them.
    if (name === undefined || (name.length !== 12 && name.length !== 14 && name.length !== 16)) continue;
    const value = headers[at + 1]?.toString("latin1") ?? "";
    switch (name.toString("latin1").toLowerCase()) {
      case "content-type":
        contentType = value;
        break;
      case "content-encoding":
        contentEncoding = value;
        break;
      case "content-length":
        contentLength = value;
        break;
      default:
    }
  }
  return { status, contentType, contentEncoding, contentLength };
}
