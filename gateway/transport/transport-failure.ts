/** Failures on the way to a subgraph, and what becomes of them: an error for clients, without addresses. */
import type { GraphQLFormattedError } from "graphql";
import type { GatewayLogger } from "../gateway-logger.ts";
import { DeadlineError } from "../execution/deadline.ts";
import type { SubgraphResult } from "../subgraph-transport.ts";

/**
 * `outage`: the subgraph could not be reached, broke off, or a proxy in front of it says that it is away. `answer`: it is
 * there, but what it answered is no answer. `refused`: nothing was sent.
 */
export type FailureKind = "outage" | "answer" | "refused";

/** `message` completes the sentence "The subgraph … is unavailable: " and is fit for clients; `cause` is for the log. */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure";
  readonly kind: FailureKind;

  constructor(message: string, cause?: unknown, kind: FailureKind = "answer") {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** Nobody wants the answer any more. */
export function cancelled(): TransportFailure {
  return new TransportFailure("the request was cancelled", undefined, "refused");
}

export function tooLarge(maxBytes: number): TransportFailure {
  return new TransportFailure(`its answer has more than ${maxBytes} bytes`);
}

/** The result in place of an answer that did not come. */
export function unavailable(
  subgraph: string,
  reason: string,
): SubgraphResult & { readonly errors: readonly GraphQLFormattedError[] } {
  const message = `The subgraph "${subgraph}" is unavailable: ${reason}.`;
  return { errors: [{ message, extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph } }] };
}

/** The result for whatever was thrown on the way; the log gets the cause. What was not sent is no news: it is logged as debug. */
export function failureResult(error: unknown, subgraph: string, logger: GatewayLogger): SubgraphResult {
  const reason = reasonOf(error);
  const level = error instanceof TransportFailure && error.kind === "refused" ? "debug" : "warn";
  logger[level]({ err: error, subgraph }, `The subgraph "${subgraph}" is unavailable: ${reason}.`);
  return unavailable(subgraph, reason);
}

/** Why there is no answer, without addresses. */
export function reasonOf(error: unknown): string {
  if (error instanceof TransportFailure) return error.message;
  if (error instanceof DeadlineError) return `${error.message.charAt(0).toLowerCase()}${error.message.slice(1, -1)}`;
  return "it could not be reached";
}

/** The code that the system gives the failure, such as ECONNREFUSED, on whichever of its causes it stands: for operators. */
export function systemCauseOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? systemCauseOf(error.cause) : undefined;
}
