/**
 * One WebSocket to a subgraph, speaking graphql-transport-ws, shared by all its subscriptions.
 *
 *     connecting ──ready in time──> open ──idle for long──> closed
 *         └────── refused, broken, silent, nonsense ──────┘   every subscription on it hears why
 *
 * It never reconnects: messages sent meanwhile would be missing, and nobody would know.
 */
import {
  CloseCode,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  parseMessage,
  stringifyMessage,
  type SubscribePayload,
} from "graphql-ws";
import { WebSocket } from "ws";
import { reviverFor } from "./parse-json.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";

export interface SocketListener {
  /** `bytes`: of the message's text. */
  onNext(payload: unknown, bytes: number): void;
  onErrors(errors: readonly unknown[]): void;
  onComplete(): void;
  /** The connection is gone. `reason` is fit for clients, `cause` for the log. */
  onBroken(reason: string, cause: unknown): void;
}

export type SocketSettings = Pick<
  RemoteSubgraphSettings,
  "subscriptionUrl" | "headers" | "tls" | "connectTimeoutMs" | "pingIntervalMs" | "idleTimeoutMs" | "maxAnswerBytes"
>;

interface Subscription {
  readonly payload: SubscribePayload;
  readonly listener: SocketListener;
}

export class SubgraphSocket {
  readonly #settings: SocketSettings;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #greeting: NodeJS.Timeout;
  readonly #pings: NodeJS.Timeout;
  #state: "connecting" | "open" | "closed" = "connecting";
  #lastId = 0;
  #isAwaited = false;
  #idle: NodeJS.Timeout | undefined;

  /** Connects. */
  constructor(settings: SocketSettings) {
    const { subscriptionUrl, headers, tls, maxAnswerBytes, connectTimeoutMs, pingIntervalMs } = settings;
    this.#settings = settings;
    const options = { ...tls, headers, maxPayload: maxAnswerBytes, followRedirects: false, perMessageDeflate: false };
    this.#socket = new WebSocket(subscriptionUrl, GRAPHQL_TRANSPORT_WS_PROTOCOL, options);
    this.#greeting = setTimeout(() => this.#drop(`no connection within ${connectTimeoutMs} ms`), connectTimeoutMs);
    this.#pings = setInterval(() => this.#ping(), pingIntervalMs);
    this.#socket.on("open", () => this.#send({ type: MessageType.ConnectionInit }));
    this.#socket.on("message", (data: Buffer) => this.#receive(data));
    this.#socket.on("error", (error) => {
      this.#end(this.#state === "connecting" ? "it could not be reached" : "the connection broke", error);
    });
    this.#socket.on("close", (code, reason) => {
      this.#end("the connection broke", `closed with ${code} ${reason.toString("utf8")}`);
    });
  }

  /** False once it is closed or closing: new subscriptions need another one. */
  get isUsable(): boolean {
    return this.#state !== "closed";
  }

  /** Starts a subscription, as soon as the connection is open. Answers the function that ends it. */
  subscribe(payload: SubscribePayload, listener: SocketListener): () => void {
    clearTimeout(this.#idle);
    const id = String(++this.#lastId);
    this.#subscriptions.set(id, { payload, listener });
    if (this.#state === "open") this.#send({ id, type: MessageType.Subscribe, payload });
    return () => {
      if (!this.#subscriptions.delete(id)) return;
      if (this.#state === "open") this.#send({ id, type: MessageType.Complete });
      this.#closeWhenIdle();
    };
  }

  /** Breaks what is on it. */
  close(): void {
    this.#drop("it was closed");
  }

  #receive(data: Buffer): void {
    this.#isAwaited = false;
    try {
      const text = data.toString("utf8");
      this.#handle(parseMessage(text, reviverFor(text)), data.length);
    } catch (error) {
      this.#end("its message is not GraphQL", error);
      this.#socket.close(CloseCode.BadResponse, "Bad response");
    }
  }

  #handle(message: ReturnType<typeof parseMessage>, bytes: number): void {
    switch (message.type) {
      case MessageType.ConnectionAck:
        this.#opened();
        return;
      case MessageType.Ping:
        this.#send({ ...message, type: MessageType.Pong });
        return;
      case MessageType.Pong:
        return;
      case MessageType.Next:
        this.#subscriptions.get(message.id)?.listener.onNext(message.payload, bytes);
        return;
      case MessageType.Error:
        this.#take(message.id)?.listener.onErrors(message.payload);
        return;
      case MessageType.Complete:
        this.#take(message.id)?.listener.onComplete();
        return;
      default:
        throw new Error(`A server sends no message of type ${message.type}.`);
    }
  }

  #opened(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    clearTimeout(this.#greeting);
    for (const [id, { payload }] of this.#subscriptions) this.#send({ id, type: MessageType.Subscribe, payload });
  }

  /** The subscription that the subgraph has ended. */
  #take(id: string): Subscription | undefined {
    const subscription = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    this.#closeWhenIdle();
    return subscription;
  }

  #send(message: Parameters<typeof stringifyMessage>[0]): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(stringifyMessage(message));
  }

  #ping(): void {
    if (this.#state !== "open") return;
    if (this.#isAwaited) {
      // What has arrived while this process was busy is read first.
      setImmediate(() => {
        if (this.#isAwaited) this.#drop("it fell silent");
      });
      return;
    }
    this.#isAwaited = true;
    this.#send({ type: MessageType.Ping });
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idle);
    if (this.#subscriptions.size > 0 || this.#state === "closed") return;
    this.#idle = setTimeout(() => {
      this.#end("it was closed", undefined);
      this.#socket.close(1000, "Normal Closure");
    }, this.#settings.idleTimeoutMs);
  }

  #drop(reason: string): void {
    this.#end(reason, undefined);
    this.#socket.terminate();
  }

  #end(reason: string, cause: unknown): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#greeting);
    clearTimeout(this.#idle);
    clearInterval(this.#pings);
    const broken = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const { listener } of broken) listener.onBroken(reason, cause);
  }
}
