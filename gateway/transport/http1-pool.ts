/** HTTP/1.1 without TLS: a bounded pool of connections of our own, which cost a request less CPU than those of undici. */
import type { TextPost } from "./http-client.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { Http1Connection, type Http1Address } from "./http1-connection.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";

/** How often connections are looked for that have been idle too long, in milliseconds. */
const sweepEveryMs = 1_000;

interface Waiting {
  readonly post: TextPost;
  readonly exchange: HttpExchange;
}

export class Http1Pool {
  readonly #address: Http1Address;
  readonly #maxConnections: number;
  readonly #connections = new Set<Http1Connection>();
  /** The last one was used last. */
  readonly #idle: Http1Connection[] = [];
  /** They wait for a connection, the first one longest. */
  readonly #queue: Waiting[] = [];
  /** Connections that are not open yet. */
  #connecting = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({
    url,
    connectTimeoutMs,
    maxConnections,
  }: Pick<RemoteSubgraphSettings, "url" | "connectTimeoutMs" | "maxConnections">) {
    const { host, hostname, port, pathname, search } = new URL(url);
    this.#address = {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? 80 : Number(port),
      start: `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`,
      connectTimeoutMs,
    };
    this.#maxConnections = maxConnections;
  }

  post(post: TextPost, exchange: HttpExchange): void {
    if (this.#isClosed) return exchange.onFail(new Error("The client is closed."));
    if (!areFit(post.headers))
      return exchange.onFail(new Error("A header has characters that HTTP does not take."), "refused");
    const connection = this.#takeIdle();
    if (connection !== undefined) return connection.send(post, exchange);
    this.#queue.push({ post, exchange });
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close();
    for (const { exchange } of this.#queue.splice(0)) exchange.onFail(new Error("The client was closed."));
  }

  #takeIdle(): Http1Connection | undefined {
    const now = performance.now();
    for (let known = this.#idle.pop(); known !== undefined; known = this.#idle.pop()) {
      if (known.isUsable(now)) return known;
      known.close();
    }
    return undefined;
  }

  /** Opens connections, as long as there are more requests that wait than connections on their way. */
  #connect(): void {
    while (this.#connecting < this.#queue.length && this.#connections.size < this.#maxConnections) {
      this.#connecting += 1;
      let isOpen = false;
      const opened = (): void => {
        if (!isOpen) this.#connecting -= 1;
        isOpen = true;
      };
      const connection = new Http1Connection(this.#address, {
        onIdle: (idle) => {
          opened();
          this.#use(idle);
        },
        onClosed: (closed, cause) => {
          const hasFailed = !isOpen;
          opened();
          this.#lose(closed, hasFailed ? cause : undefined);
        },
      });
      this.#connections.add(connection);
    }
  }

  #use(connection: Http1Connection): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (!next.exchange.isOver) return connection.send(next.post, next.exchange);
      next.exchange.onFail(new Error("It was cancelled before it was sent."));
    }
    this.#idle.push(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  /** @param failure why it could not be opened, which is what the request that has waited longest is told */
  #lose(connection: Http1Connection, failure: Error | undefined): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (failure !== undefined) this.#queue.shift()?.exchange.onFail(failure);
    if (!this.#isClosed) this.#connect();
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#idle.filter((idle) => !idle.isUsable(now))) connection.close();
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

const fit = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @param headers names and values by turns; the names come from settings, which have been checked */
function areFit(headers: readonly string[]): boolean {
  for (let at = 1; at < headers.length; at += 2) if (!fit.test(headers[at] ?? "")) return false;
  return true;
}
