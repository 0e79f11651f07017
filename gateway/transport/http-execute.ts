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
import { filesIn, uploadBody } from "../uploads/upload-body.ts";
import type { UploadSet } from "../uploads/upload-set.ts";
import { cancelled, failureResult } from "./transport-failure.ts";

export interface HttpExecute {
  /** Never rejects. */
  execute(request: SubgraphRequest): Promise<SubgraphResult>;
  /** Nothing comes any more: its circuit is no longer told of. */
  close(): void;
}

export function createHttpExecute(settings: RemoteSubgraphSettings, client: HttpClient): HttpExecute {
  const { name, logger, monitor, timeoutMs, mutationTimeoutMs, shareReads } = settings;
  const link = openLink(settings, client);
  const headersOf = createPostHeaders(settings);
  const reads = new SharedReads();

  const query = (request: SubgraphRequest): Promise<SubgraphResult> => {
    const { context, fetch } = request;
    const { list: headers, key } = headersOf(context, fetch?.traceparent);
    const body = operationBody(request);
    const asker = { timeoutMs, signal: request.signal };
    const send = (): PendingOperation => new PendingOperation(link, { headers, body }, true);
    if (!shareReads) return new SharedRead(send()).join(asker, fetch);
    const identity = `${key}${body}`;
    const known = request.isAfterWrite === true ? undefined : reads.find(identity);
    if (known === undefined) return reads.add(identity, send()).join(asker, fetch);
    monitor.readShared?.(name);
    if (fetch !== undefined) fetch.isShared = true;
    return known.join(asker, fetch);
  };
  const sendFiles = async (request: SubgraphRequest, uploads: UploadSet): Promise<SubgraphResult | undefined> => {
    const files = filesIn(request.variables);
    if (files.size === 0) return undefined;
    if (!documentText(request.document).isMutation) return refusedFiles("Files come with mutations only.");
    if (!uploads.claim(files.keys())) return refusedFiles("A file goes to one request to one subgraph only.");
    const { contentType, stream } = uploadBody(operationBody(request), files);
    const { context, fetch } = request;
    const headers = withContentType(headersOf(context, fetch?.traceparent).list, contentType);
    const asker = { timeoutMs: Math.max(mutationTimeoutMs, uploads.timeoutMs), signal: request.signal };
    const sent = new SharedRead(new PendingOperation(link, { headers, body: stream }, false)).join(asker, fetch);
    return sent.finally(() => {
      stream.destroy();
      reads.forget();
    });
  };
  const mutate = (request: SubgraphRequest): Promise<SubgraphResult> => {
    const { context, fetch } = request;
    const post = { headers: headersOf(context, fetch?.traceparent).list, body: operationBody(request) };
    const asker = { timeoutMs: mutationTimeoutMs, signal: request.signal };
    // Also where no answer came: it may have had its effect.
    return new SharedRead(new PendingOperation(link, post, false)).join(asker, fetch).finally(() => reads.forget());
  };
  return {
    async execute(request) {
      try {
        if (request.signal?.aborted === true) throw cancelled();
        const { uploads } = request.context;
        const answer = uploads === undefined ? undefined : await sendFiles(request, uploads);
        if (answer !== undefined) return answer;
        return await (documentText(request.document).isMutation ? mutate(request) : query(request));
      } catch (error) {
        return failureResult(error, name, logger);
      }
    },
    close: () => link.gone(),
  };
}

function refusedFiles(message: string): SubgraphResult {
  return { errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }] };
}

/** @param list names and values by turns */
function withContentType(list: readonly string[], contentType: string): string[] {
  return list.map((text, at) => (at % 2 === 1 && list[at - 1] === "content-type" ? contentType : text));
}

interface OpenLink extends SubgraphLink {
  readonly gone: () => void;
}

function openLink(settings: RemoteSubgraphSettings, client: HttpClient): OpenLink {
  const { name, url, logger, maxAnswerBytes, errors, monitor } = settings;
  const watch = monitor.circuit?.(name);
  const onChange = (state: "open" | "closed"): void => {
    watch?.changed(state);
    if (state === "open") logger.warn({ subgraph: name }, `The circuit of the subgraph "${name}" is open.`);
    else logger.info({ subgraph: name }, `The circuit of the subgraph "${name}" is closed again.`);
  };
  const circuit = new CircuitBreaker({ limits: circuitLimits, onChange, now: () => performance.now() });
  return {
    ...{ name, url, logger, client, circuit, monitor, maxAnswerBytes, errors },
    retries: createRetryBudget(),
    gone: () => watch?.gone(),
  };
}
