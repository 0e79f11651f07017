/** One operation on its way to a subgraph: let through by the circuit, sent, and a query sent once more if nobody was there. */
import { setTimeout as wait } from "node:timers/promises";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { TransportMonitor } from "../gateway-monitor.ts";
import type { SubgraphResult } from "../subgraph-transport.ts";
import type { SentRequest } from "../watch/fetch-record.ts";
import type { Admission, CircuitBreaker } from "./circuit-breaker.ts";
import type { HttpClient, HttpPost } from "./http-client.ts";
import { HttpExchange } from "./http-exchange.ts";
import { readResult, type ErrorRules } from "./read-result.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { cancelled, failureResult, TransportFailure, type FailureKind } from "./transport-failure.ts";

/** What belongs to one subgraph and all operations on it use. */
export interface SubgraphLink {
  readonly name: string;
  readonly url: string;
  readonly logger: GatewayLogger;
  readonly client: HttpClient;
  readonly circuit: CircuitBreaker;
  readonly retries: RetryBudget;
  readonly maxAnswerBytes: number;
  readonly errors: ErrorRules;
  readonly monitor: TransportMonitor;
}

/** Milliseconds before the second attempt; those who failed together do not come back together. */
const leastPauseMs = 10;
const mostPauseMs = 60;

export class PendingOperation implements SentRequest {
  /** Never rejects. Once it is cancelled, it says nothing of use. */
  readonly result: Promise<SubgraphResult>;
  resends = 0;
  readonly #link: SubgraphLink;
  readonly #post: HttpPost;
  #exchange: HttpExchange | undefined;
  #admission: Admission | undefined;
  #isCancelled = false;

  /** Sends it. @param mayRepeat whether it has no effect, so that it can be sent twice */
  constructor(link: SubgraphLink, post: HttpPost, mayRepeat: boolean) {
    this.#link = link;
    this.#post = post;
    this.result = this.#run(mayRepeat);
  }

  get url(): string {
    return this.#link.url;
  }

  get status(): number | undefined {
    return this.#exchange?.status;
  }

  /** Somebody has waited for it as long as may be: to the circuit, this is a failure. */
  onLate(): void {
    this.#admission?.late();
  }

  /** Nobody waits for it any more. To the circuit, this is neither a failure nor an answer. */
  cancel(): void {
    this.#isCancelled = true;
    this.#exchange?.cancel(cancelled());
  }

  async #run(mayRepeat: boolean): Promise<SubgraphResult> {
    const { name, logger, retries } = this.#link;
    retries.earn();
    try {
      return await this.#attempt();
    } catch (first) {
      if (!mayRepeat || kindOf(first) !== "outage" || !retries.spend()) return this.#fail(first);
      logger.debug({ err: first, subgraph: name }, "A query is sent to a subgraph once more.");
      await wait(leastPauseMs + Math.random() * (mostPauseMs - leastPauseMs));
      // Where the circuit has opened meanwhile, the failure is what there was before.
      return this.#attempt().catch((second: unknown) => this.#fail(kindOf(second) === "refused" ? first : second));
    }
  }

  async #attempt(): Promise<SubgraphResult> {
    const { name, circuit, client, maxAnswerBytes, monitor } = this.#link;
    const exchange = new HttpExchange(maxAnswerBytes);
    if (this.#isCancelled) return {};
    const admission = circuit.admit();
    if (admission === undefined) throw new TransportFailure(circuitIsOpen, undefined, "refused");
    if (this.#exchange !== undefined) {
      this.resends += 1;
      monitor.retried?.(name);
    }
    this.#admission = admission;
    this.#exchange = exchange;
    client.post(this.#post, exchange);
    try {
      const json = await exchange.json;
      admission.answered();
      return readResult(json, this.#link.errors);
    } catch (error) {
      if (kindOf(error) === "outage") admission.failed();
      else if (kindOf(error) === "answer") admission.answered();
      throw error;
    }
  }

  #fail(error: unknown): SubgraphResult {
    return this.#isCancelled ? {} : failureResult(error, this.#link.name, this.#link.logger);
  }
}

function kindOf(error: unknown): FailureKind | undefined {
  return error instanceof TransportFailure ? error.kind : undefined;
}

const circuitIsOpen = "its circuit is open, because it kept failing";
