/** Queries and mutations of a remote subgraph, over HTTP. Identical queries that are on their way at once are one. */
import { DeadlineError } from "../execution/deadline.ts";
import type { SubgraphRequest, SubgraphResult } from "../subgraph-transport.ts";
import { CircuitBreaker, circuitLimits } from "./circuit-breaker.ts";
import { documentText } from "./document-text.ts";
import type { HttpClient } from "./http-client.ts";
import { operationBody } from "./operation-body.ts";
import { PendingOperation, type SubgraphLink } from "./pending-operation.ts";
import { createPostHeaders } from "./post-headers.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { SharedRead } from "./shared-read.ts";
import { failureResult } from "./transport-failure.ts";

/** Never rejects. */
export function createHttpExecute(
  settings: RemoteSubgraphSettings,
  client: HttpClient,
): (request: SubgraphRequest) => Promise<SubgraphResult> {
  const { name, logger, timeoutMs, mutationTimeoutMs, shareReads } = settings;
  const link = openLink(settings, client);
  const headersOf = createPostHeaders(settings);
  /** By what makes them identical. */
  const reads = new Map<string, SharedRead>();

  const askQuery = (request: SubgraphRequest): SharedRead => {
    const { list, key } = headersOf(request.context);
    const body = operationBody(request);
    const open = (onClosed: () => void): SharedRead =>
      new SharedRead(new PendingOperation(link, { headers: list, body }, true), onClosed);
    if (!shareReads) return open(() => {});
    const identity = `${key}${body}`;
    const known = reads.get(identity);
    if (known !== undefined) return known;
    const read = open(() => {
      if (reads.get(identity) === read) reads.delete(identity);
    });
    reads.set(identity, read);
    return read;
  };
  const askMutation = (request: SubgraphRequest): SharedRead => {
    const post = { headers: headersOf(request.context).list, body: operationBody(request) };
    return new SharedRead(new PendingOperation(link, post, false), () => {});
  };
  return async (request) => {
    const { signal } = request;
    try {
      const { isMutation } = documentText(request.document);
      if (signal?.aborted === true) throw new DeadlineError("The request was cancelled.");
      return isMutation
        ? await askMutation(request).join({ timeoutMs: mutationTimeoutMs, signal })
        : await askQuery(request).join({ timeoutMs, signal });
    } catch (error) {
      return failureResult(error, name, logger);
    }
  };
}

function openLink({ name, logger, maxAnswerBytes }: RemoteSubgraphSettings, client: HttpClient): SubgraphLink {
  const onChange = (state: "open" | "closed"): void => {
    if (state === "open") logger.warn({ subgraph: name }, `The circuit of the subgraph "${name}" is open.`);
    else logger.info({ subgraph: name }, `The circuit of the subgraph "${name}" is closed again.`);
  };
  const circuit = new CircuitBreaker({ limits: circuitLimits, onChange, now: () => performance.now() });
  return { name, logger, client, circuit, retries: createRetryBudget(), maxAnswerBytes };
}
