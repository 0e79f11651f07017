/** What the gateway tells whoever watches it: operations, reads of subgraphs, streams and connections. */
import type { RequestContext } from "./subgraph-transport.ts";
import type { FetchRecord } from "./watch/fetch-record.ts";
import type { OperationOutcome, OperationRecord, OperationTrace } from "./watch/operation-record.ts";

/** `refused`: the one before goes on serving. */
export type ReloadOutcome = "served" | "refused";

/** What a remote subgraph's transport tells. */
export interface TransportMonitor {
  /** A circuit exists (closed at first): say by the answer how it changes, and when it is gone. */
  readonly circuit?: (subgraph: string) => CircuitWatch;
  /** A request was sent once more. */
  readonly retried?: (subgraph: string) => void;
  /** A read waits for an identical one that is under way. */
  readonly readShared?: (subgraph: string) => void;
}

export interface CircuitWatch {
  readonly changed: (state: "open" | "closed") => void;
  readonly gone: () => void;
}

/** What is absent is not told. Methods are called often and must be quick; they do not throw. */
export interface GatewayMonitor extends TransportMonitor {
  /** An operation is about to run: the answer follows it. Undefined: nothing does. */
  readonly trace?: (record: OperationRecord, context: RequestContext) => OperationTrace | undefined;
  /** A valid operation is about to run, or a subscription to be opened. */
  readonly begun?: (record: OperationRecord) => void;
  /** It has been answered, or the subscription is open. */
  readonly ended?: (record: OperationRecord) => void;
  /** A request was answered before it had come to an operation that could run. @param code of its first error */
  readonly refused?: (code: string) => void;
  readonly fetchBegun?: (fetch: FetchRecord) => void;
  readonly fetchEnded?: (fetch: FetchRecord) => void;
  /** A subscription is open: call the answer once when it has ended. */
  readonly subscribed?: () => () => void;
  /** A message of a subscription was made. */
  readonly message?: (outcome: OperationOutcome) => void;
  /** A WebSocket is open: call the answer once when it is closed. */
  readonly connected?: () => () => void;
  /** Another supergraph was offered while one serves. */
  readonly reloaded?: (outcome: ReloadOutcome) => void;
  /** Another list of trusted documents came while one serves. */
  readonly documentsReloaded?: (outcome: ReloadOutcome) => void;
}
