/**
 * One connection of our own over plain TCP: a request goes out in one piece, and of its answer no more is kept than its bytes.
 *
 *     connecting ──> idle ──send──> busy ──whole answer──> idle
 *         └────────────┴──────────────┴── end, error, anything unasked, no whole answer ──> closed
 */
import { connect, type Socket } from "node:net";
import { ChunkedBody } from "./chunked-body.ts";
import type { TextPost } from "./http-client.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { readHttp1Head, type Http1Head } from "./http1-head.ts";

export interface Http1Address {
  readonly host: string;
  readonly port: number;
  /** Request line and host, with their line ends. */
  readonly start: string;
  readonly connectTimeoutMs: number;
}

export interface ConnectionEvents {
  /** It takes a request: for the first time, or again. Called before the answer is told. */
  onIdle(connection: Http1Connection): void;
  /** It is of no more use; the exchange under way has been told. @param cause undefined if it was closed from here */
  onClosed(connection: Http1Connection, cause: Error | undefined): void;
}

const maxHeadBytes = 16 * 1024;
const headEnd = Buffer.from("\r\n\r\n");
const bareLineFeed = /(^|[^\r])\n/;
const firstProbeMs = 60_000;

/** All connections read into it: on the systems that this program runs on, a read and its callback are one step. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Answers of one moment often have one head. */
let lastHead: { readonly text: string; readonly head: Http1Head | undefined } = { text: "", head: undefined };

export class Http1Connection {
  readonly #address: Http1Address;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  #state: "connecting" | "idle" | "busy" | "closed" = "connecting";
  #exchange: HttpExchange | undefined;
  /** What came of a head that is not whole yet. */
  #begun: Buffer | undefined;
  #head: Http1Head | undefined;
  /** Of a body whose length is known. */
  #body: Buffer | undefined;
  #filled = 0;
  #chunked: ChunkedBody | undefined;
  #cause: Error | undefined;
  #idleUntil = Infinity;

  constructor(address: Http1Address, events: ConnectionEvents) {
    this.#address = address;
    this.#events = events;
    const { host, port, connectTimeoutMs } = address;
    const callback = (size: number): boolean => {
      this.#read(readBuffer.subarray(0, size));
      return true;
    };
    this.#socket = connect({ host, port, onread: { buffer: readBuffer, callback } });
    const timer = setTimeout(() => {
      this.#socket.destroy(new Error(`No connection within ${connectTimeoutMs} ms.`));
    }, connectTimeoutMs);
    this.#socket
      .setNoDelay(true)
      .setKeepAlive(true, firstProbeMs)
      // Who waits for an answer has a timer; a connection that nobody uses keeps no process from ending.
      .unref()
      .on("connect", () => {
        clearTimeout(timer);
        this.#state = "idle";
        events.onIdle(this);
      })
      .on("end", () => this.#onEnd())
      .on("error", (error) => (this.#cause = error))
      .on("close", () => {
        clearTimeout(timer);
        this.#close(this.#cause ?? new Error("The subgraph closed the connection."));
      });
  }

  /** Whether a request may be sent: the server is not about to close the connection. @param now of performance.now() */
  isUsable(now: number): boolean {
    return this.#state === "idle" && now < this.#idleUntil;
  }

  /** Only when idle. Headers are known to be fit for HTTP. */
  send({ headers, body }: TextPost, exchange: HttpExchange): void {
    this.#state = "busy";
    this.#exchange = exchange;
    exchange.onStart((reason) => {
      if (this.#exchange === exchange) this.#close(reason);
    });
    if (this.#exchange !== exchange) return;
    const length = Buffer.byteLength(body);
    let head = this.#address.start;
    for (let at = 0; at + 1 < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
    head += `content-length: ${length}\r\n\r\n`;
    const socket = this.#socket;
    // As many bytes as characters: it is ASCII, and goes with the head, of which each character is a byte.
    if (length === body.length) {
      socket.write(head + body, "latin1");
      return;
    }
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body, "utf8");
    socket.uncork();
  }

  /** Breaks what is under way. Idempotent. */
  close(): void {
    this.#close(undefined);
  }

  #close(cause: Error | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#socket.destroy();
    const exchange = this.#exchange;
    this.#forget();
    exchange?.onFail(cause ?? new Error("The connection was closed."));
    this.#events.onClosed(this, cause);
  }

  /** The server sends no more, which may be how a body ends. */
  #onEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#head?.body !== "close") return;
    this.#forget();
    exchange.onEnd();
  }

  #forget(): void {
    this.#exchange = this.#begun = this.#head = this.#body = this.#chunked = undefined;
  }

  /** @param bytes good only for the time of the call */
  #read(bytes: Buffer): void {
    if (this.#exchange === undefined) this.#close(new Error("Bytes came that nobody has asked for."));
    else if (this.#head === undefined) this.#readHead(bytes);
    else this.#readBody(bytes, this.#head);
  }

  #readHead(bytes: Buffer): void {
    const all = this.#begun === undefined ? bytes : Buffer.concat([this.#begun, bytes]);
    const end = all.indexOf(headEnd);
    if (end === -1 ? all.length > maxHeadBytes : end > maxHeadBytes) return this.#refuse("Its head is too long.");
    if (end === -1) {
      if (bareLineFeed.test(all.toString("latin1"))) return this.#refuse("It is no answer in HTTP/1.1.");
      this.#begun = Buffer.from(all);
      return;
    }
    this.#begun = undefined;
    const text = all.toString("latin1", 0, end);
    if (lastHead.text !== text) lastHead = { text, head: readHttp1Head(text) };
    const { head } = lastHead;
    if (head === undefined || head.status === 101) return this.#refuse("It is no answer in HTTP/1.1.");
    const rest = all.subarray(end + headEnd.length);
    if (head.status < 200) {
      // An interim answer such as 103 comes before the real one.
      if (rest.length > 0) this.#readHead(rest);
      return;
    }
    this.#head = head;
    this.#exchange?.onHead(head);
    // A head that is refused has closed the connection.
    if (this.#exchange !== undefined) this.#readBody(rest, head);
  }

  #readBody(bytes: Buffer, { body }: Http1Head): void {
    if (typeof body === "number") return this.#readLength(bytes, body);
    const exchange = this.#exchange;
    if (body === "close") {
      if (bytes.length > 0) exchange?.onData(Buffer.from(bytes));
      return;
    }
    this.#chunked ??= new ChunkedBody((part) => exchange?.onData(Buffer.from(part)));
    const taken = this.#chunked.take(bytes);
    if (this.#exchange === undefined || taken === "more") return;
    if (taken === "broken") return this.#refuse("Its body is not in chunks, as it says.");
    this.#release(taken < bytes.length);
    exchange?.onEnd();
  }

  #readLength(bytes: Buffer, length: number): void {
    const exchange = this.#exchange;
    if (this.#body === undefined && bytes.length >= length) {
      this.#release(bytes.length > length);
      exchange?.onBody(bytes.subarray(0, length));
      return;
    }
    if (this.#body === undefined) {
      this.#body = Buffer.allocUnsafeSlow(length);
      this.#filled = 0;
    }
    const body = this.#body;
    const missing = length - this.#filled;
    this.#filled += bytes.copy(body, this.#filled);
    if (bytes.length < missing) return;
    this.#release(bytes.length > missing);
    exchange?.onBody(body);
  }

  #refuse(why: string): void {
    this.#close(new Error(why));
  }

  /** The answer is whole. @param hasMore whether more came than belongs to it */
  #release(hasMore: boolean): void {
    const idleMs = this.#head?.idleMs ?? 0;
    this.#forget();
    // A request that is not yet out when its answer is there is not followed by another one.
    if (idleMs === 0 || hasMore || this.#socket.writableLength > 0) return this.#close(undefined);
    this.#state = "idle";
    this.#idleUntil = performance.now() + idleMs;
    this.#events.onIdle(this);
  }
}
