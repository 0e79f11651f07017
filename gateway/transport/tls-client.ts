/**
 * HTTP over TLS to one subgraph, in the version that it offers.
 *
 *     unknown ──first post──> connecting ──h2──> one HTTP/2 connection ──it ends, next post──> connecting
 *                                 └──── http/1.1 ──> the pool, from then on
 */
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { HttpClient, HttpPost } from "./http-client.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { Http2Connection } from "./http2-client.ts";
import type { SubgraphTls } from "./remote-subgraph-options.ts";

export interface TlsClientOptions {
  readonly url: URL;
  readonly tls: SubgraphTls;
  readonly connectTimeoutMs: number;
  /** HTTP/1.1 to the same subgraph. */
  readonly pool: HttpClient;
}

export class TlsClient implements HttpClient {
  readonly #options: TlsClientOptions;
  #state: "unknown" | "connecting" | "http/2" | "http/1.1" | "closed" = "unknown";
  #connection: Http2Connection | undefined;
  #socket: TLSSocket | undefined;
  #waiting: { readonly post: HttpPost; readonly exchange: HttpExchange }[] = [];

  constructor(options: TlsClientOptions) {
    this.#options = options;
  }

  post(post: HttpPost, exchange: HttpExchange): void {
    if (this.#state === "http/1.1" || this.#state === "closed") {
      this.#options.pool.post(post, exchange);
      return;
    }
    if (this.#connection?.isUsable === true) {
      this.#connection.post(post, exchange);
      return;
    }
    this.#waiting.push({ post, exchange });
    if (this.#state !== "connecting") this.#connect();
  }

  close(): void {
    this.#state = "closed";
    this.#socket?.destroy(new Error("The connection was closed."));
    this.#connection?.close();
    this.#options.pool.close();
  }

  #connect(): void {
    this.#state = "connecting";
    const { url, tls, connectTimeoutMs } = this.#options;
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const socket = connect({
      host,
      port: url.port === "" ? 443 : Number(url.port),
      ALPNProtocols: ["h2", "http/1.1"],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...tls,
    });
    this.#socket = socket;
    const timer = setTimeout(() => {
      socket.destroy(new Error(`No connection within ${connectTimeoutMs} ms.`));
    }, connectTimeoutMs);
    socket.setNoDelay(true);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      this.#use(socket);
    });
    const onError = (error: Error): void => {
      clearTimeout(timer);
      this.#fail(error);
    };
    socket.once("error", onError);
  }

  #use(socket: TLSSocket): void {
    const { url, pool } = this.#options;
    const waiting = this.#waiting.splice(0);
    if (socket.alpnProtocol === "h2") {
      const connection = new Http2Connection(socket, url.origin, `${url.pathname}${url.search}`);
      this.#connection = connection;
      this.#state = "http/2";
      for (const { post, exchange } of waiting) connection.post(post, exchange);
      return;
    }
    // The pool opens its own connections: this one has told what it was opened for.
    socket.destroy();
    this.#state = "http/1.1";
    for (const { post, exchange } of waiting) pool.post(post, exchange);
  }

  #fail(error: Error): void {
    if (this.#state === "connecting") this.#state = "unknown";
    for (const { exchange } of this.#waiting.splice(0)) exchange.onFail(error);
  }
}
