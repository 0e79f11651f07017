/** Queries and mutations of a remote subgraph, over HTTP. Identical queries that are on their way at once are one. */
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
import { SharedReads } from "./shared-reads.ts";
import { cancelled, failureResult } from "./transport-failure.ts";

/** Never rejects. */
export function createHttpExecute(
  settings: RemoteSubgraphSettings,
  client: HttpClient,
): (request: SubgraphRequest) => Promise<SubgraphResult> {
  const { name, logger, timeoutMs, mutationTimeoutMs, shareReads } = settings;
  const link = openLink(settings, client);
  const headersOf = createPostHeaders(settings);
  const reads = new SharedReads();

  const query = (request: SubgraphRequest): Promise<SubgraphResult> => {
    const { list: headers, key } = headersOf(request.context);
    const body = operationBody(request);
    const asker = { timeoutMs, signal: request.signal };
    const send = (): PendingOperation => new PendingOperation(link, { headers, body }, true);
    if (!shareReads) return new SharedRead(send()).join(asker);
    const identity = `${key}${body}`;
    const known = request.isAfterWrite === true ? undefined : reads.find(identity);
    return (known ?? reads.add(identity, send())).join(asker);
  };
  const mutate = (request: SubgraphRequest): Promise<SubgraphResult> => {
    const post = { headers: headersOf(request.context).list, body: operationBody(request) };
    const asker = { timeoutMs: mutationTimeoutMs, signal: request.signal };
    // Also where no answer came: it may have had its effect.
    return new SharedRead(new PendingOperation(link, post, false)).join(asker).finally(() => reads.forget());
  };
  return async (request) => {
    try {
      if (request.signal?.aborted === true) throw cancelled();
      return await (documentText(request.document).isMutation ? mutate(request) : query(request));
    } catch (error) {
      return failureResult(error, name, logger);
    }
  };
}

function openLink({ name, logger, maxAnswerBytes, errors }: RemoteSubgraphSettings, client: HttpClient): SubgraphLink {
  const onChange = (state: "open" | "closed"): void => {
    if (state === "open") logger.warn({ subgraph: name }, `The circuit of the subgraph "${name}" is open.`);
    else logger.info({ subgraph: name }, `The circuit of the subgraph "${name}" is closed again.`);
  };
  const circuit = new CircuitBreaker({ limits: circuitLimits, onChange, now: () => performance.now() });
  return { name, logger, client, circuit, retries: createRetryBudget(), maxAnswerBytes, errors };
}
