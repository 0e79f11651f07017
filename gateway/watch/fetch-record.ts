/** What is known of one read of a subgraph, for those who watch the gateway. */

/** `unavailable`: no answer in time. `cancelled`: nobody waits for it any more. */
export type CallOutcome = "ok" | "errors" | "unavailable" | "cancelled";

/** The code of what was cancelled, which says nothing about the gateway or a subgraph. */
export const CANCELLED = "CANCELLED";

/** What a request over HTTP came to; several fetches may share one. */
export interface SentRequest {
  /** Of the subgraph's endpoint. */
  readonly url: string;
  /** Of the last answer; undefined: there was none. */
  readonly status: number | undefined;
  /** How often it was sent again. */
  readonly resends: number;
}

export class FetchRecord {
  readonly subgraph: string;
  /** Of the subgraph's operation; undefined: it has no name. */
  readonly operationName: string | undefined;
  /** As `performance.now()` has it. */
  readonly startedAt: number = performance.now();
  /** Milliseconds; until the fetch has ended 0. */
  ms = 0;
  outcome: CallOutcome = "ok";
  /** The stable code of the first error; null: there is none. */
  code: string | null = null;
  /** It waited for a request that another fetch had sent. */
  isShared = false;
  /** Undefined: the subgraph is in this process, or nothing was sent. */
  sent: SentRequest | undefined;
  /** Goes with the request in place of the client's. */
  traceparent: string | undefined;

  constructor(subgraph: string, operationName: string | undefined) {
    this.subgraph = subgraph;
    this.operationName = operationName;
  }
}
