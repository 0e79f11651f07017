/** HTTP/1.1 without TLS: texts over connections of our own, streams of files over undici, which is loaded for the first. */
import type { HttpClient, HttpPost } from "./http-client.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { Http1Pool } from "./http1-pool.ts";

export class PlainClient implements HttpClient {
  readonly #texts: Http1Pool;
  readonly #openStreams: () => Promise<HttpClient>;
  #streams: Promise<HttpClient> | undefined;
  #isClosed = false;

  constructor(texts: Http1Pool, openStreams: () => Promise<HttpClient>) {
    this.#texts = texts;
    this.#openStreams = openStreams;
  }

  post({ headers, body }: HttpPost, exchange: HttpExchange): void {
    if (typeof body === "string") return this.#texts.post({ headers, body }, exchange);
    if (this.#isClosed) return exchange.onFail(new Error("The client is closed."));
    this.#streams ??= this.#openStreams();
    this.#streams.then(
      (client) => client.post({ headers, body }, exchange),
      (fault: unknown) => exchange.onFail(fault instanceof Error ? fault : new Error(String(fault))),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#texts.close();
    void this.#streams?.then(
      (client) => client.close(),
      () => undefined,
    );
  }
}
