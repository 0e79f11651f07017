/** One subscription's results as they come from a shared WebSocket: a break, or a reader that is too slow, is told. */
import type { SubgraphRequest, SubgraphResult } from "../subgraph-transport.ts";
import { readErrors, readResult } from "./read-result.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { createResultQueue, type ResultQueue } from "./result-queue.ts";
import type { SocketListener } from "./subgraph-socket.ts";
import { failureResult, TransportFailure } from "./transport-failure.ts";

/** Subscribes; answers the function that unsubscribes. May throw. */
export type StartSubscription = (listener: SocketListener) => () => void;

export type StreamSettings = Pick<
  RemoteSubgraphSettings,
  "name" | "logger" | "errors" | "maxQueuedMessages" | "maxQueuedBytes"
>;

/** Subscribes at the first pull. Returning it, or aborting the request's signal, unsubscribes and forgets what is queued. */
export class RemoteStream implements AsyncIterator<SubgraphResult, undefined>, SocketListener {
  readonly #signal: SubgraphRequest["signal"];
  readonly #subscribe: StartSubscription;
  readonly #settings: StreamSettings;
  readonly #queue: ResultQueue<SubgraphResult>;
  readonly #abandon = (): void => {
    this.#queue.clear();
    this.#leave();
  };
  #isStarted = false;
  #unsubscribe: (() => void) | undefined;

  constructor(signal: SubgraphRequest["signal"], subscribe: StartSubscription, settings: StreamSettings) {
    this.#signal = signal;
    this.#subscribe = subscribe;
    this.#settings = settings;
    this.#queue = createResultQueue({ ...settings, kind: "events" });
  }

  next(): Promise<IteratorResult<SubgraphResult, undefined>> {
    if (!this.#isStarted) this.#start();
    return this.#queue.next();
  }

  return(): Promise<IteratorResult<SubgraphResult, undefined>> {
    this.#isStarted = true;
    this.#abandon();
    return Promise.resolve({ done: true, value: undefined });
  }

  onNext(payload: unknown, bytes: number): void {
    try {
      if (!this.#queue.push(readResult(payload, this.#settings.errors), bytes)) this.#end(tooSlow(this.#settings.name));
    } catch (error) {
      this.#fail(error);
    }
  }

  onErrors(errors: readonly unknown[]): void {
    this.#end({ errors: readErrors(errors, this.#settings.errors) });
  }

  onComplete(): void {
    this.#end(undefined);
  }

  onBroken(reason: string, cause: unknown): void {
    this.#fail(new TransportFailure(reason, cause));
  }

  #start(): void {
    this.#isStarted = true;
    if (this.#signal?.aborted === true) {
      this.#abandon();
      return;
    }
    this.#signal?.addEventListener("abort", this.#abandon, { once: true });
    try {
      this.#unsubscribe = this.#subscribe(this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end(failureResult(error, this.#settings.name, this.#settings.logger));
  }

  /** What is queued is still read, and `last` after it. */
  #end(last: SubgraphResult | undefined): void {
    this.#queue.end(last);
    this.#leave();
  }

  #leave(): void {
    this.#signal?.removeEventListener("abort", this.#abandon);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}

/** The last result of a subscription whose reader is too slow. */
export function tooSlow(subgraph: string): SubgraphResult {
  const message = `The subscription to the subgraph "${subgraph}" was ended: its messages were not read fast enough.`;
  return { errors: [{ message, extensions: { code: "SUBSCRIBER_TOO_SLOW", subgraph } }] };
}
