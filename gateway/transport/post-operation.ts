/** One operation over HTTP, with Node's own fetch, which keeps connections alive. */
import { withDeadline } from "../execution/deadline.ts";
import { readAnswer } from "./read-answer.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";

export interface PostedOperation {
  /** What is sent as JSON: `{ query, operationName?, variables?, extensions? }`. */
  readonly body: unknown;
  /** Besides the subgraph's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const accept = "application/graphql-response+json, application/json;q=0.9";

/**
 * The answer's JSON. Nothing is tried twice: a mutation may have had its effect.
 * @throws TransportFailure, DeadlineError, or what fetch throws
 */
export function postOperation(
  { url, headers, maxAnswerBytes }: Pick<RemoteSubgraphSettings, "url" | "headers" | "maxAnswerBytes">,
  operation: PostedOperation,
): Promise<unknown> {
  const post = async (signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, ...operation.headers, "content-type": "application/json", accept },
      body: JSON.stringify(operation.body),
      // Followed, a redirect would take the client's authorization to wherever it points.
      redirect: "error",
      signal,
    });
    return readAnswer(response, maxAnswerBytes);
  };
  return withDeadline(post, operation.timeoutMs, operation.signal);
}
