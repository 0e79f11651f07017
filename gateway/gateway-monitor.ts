/** What the gateway tells whoever watches it: around each operation, each subscription and each read of a subgraph. */
import { hasData, type OperationAnswer } from "./execution/operation-answer.ts";
import type { RequestContext } from "./subgraph-transport.ts";

export interface WatchedOperation {
  readonly type: "query" | "mutation" | "subscription";
  /** As the client named it; null: it has no name. Any text: not fit for a metric's label. */
  readonly name: string | null;
  readonly context: RequestContext;
}

export interface WatchedCall {
  readonly subgraph: string;
  readonly context: RequestContext;
}

/** `partial`: data beside errors. `failed`: errors only. */
export type OperationOutcome = "ok" | "partial" | "failed";

/** `unavailable`: no answer in time. */
export type CallOutcome = "ok" | "errors" | "unavailable";

/** `refused`: the one before goes on serving. */
export type ReloadOutcome = "served" | "refused";

export interface GatewayMonitor {
  /** Runs a query or mutation, or opens a subscription; `outcomeOf` says what became of it. Passes the result on as it is. */
  operation<T>(of: WatchedOperation, run: () => Promise<T>, outcomeOf: (result: T) => OperationOutcome): Promise<T>;
  /** Runs one read of a subgraph. Passes the result on as it is. */
  call<T>(of: WatchedCall, run: () => Promise<T>, outcomeOf: (result: T) => CallOutcome): Promise<T>;
  /** A subscription is open: call the answer once when it has ended. */
  subscribed(): () => void;
  /** Another supergraph was offered while one serves. */
  reloaded(outcome: ReloadOutcome): void;
  /** A message of a subscription was made. */
  message(outcome: OperationOutcome): void;
}

export function outcomeOfResult(answer: OperationAnswer): OperationOutcome {
  if (answer.errors === undefined || answer.errors.length === 0) return "ok";
  return hasData(answer) ? "partial" : "failed";
}
