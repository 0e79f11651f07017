/** Runs one subscription: for each notice of its source, the operation once, with reads of its own. */
import { createSourceEventStream, execute } from "graphql";
import type { SubgraphRequest, SubgraphResult } from "../subgraph.ts";
import type { ChangeNotice } from "./change-hub.ts";
import { answer, asGraphQLError, executionArgs, failed, openContext, type Execution } from "./execute-request.ts";

/**
 * Never throws: what goes wrong is the last result. Returning the iterator, or aborting `signal`, releases the source at
 * once, even while it waits for a change.
 */
export function subscribeRequest(execution: Execution, request: SubgraphRequest): AsyncIterable<SubgraphResult> {
  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const { signal } = request;
      const onAbort = (): void => stop.abort();
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) stop.abort();
      stop.signal.addEventListener("abort", () => signal?.removeEventListener("abort", onAbort), { once: true });
      const messages = runSubscription(execution, request, stop);
      return {
        next: () => messages.next(),
        return: () => {
          stop.abort();
          return messages.return(undefined);
        },
      };
    },
  };
}

async function* runSubscription(
  execution: Execution,
  request: SubgraphRequest,
  stop: AbortController,
): AsyncGenerator<SubgraphResult, undefined> {
  try {
    const invalid = execution.validate(request.document);
    if (invalid.length > 0) {
      yield failed(execution, request.context, invalid);
      return;
    }
    if (!stop.signal.aborted) yield* readMessages(execution, request, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) yield failed(execution, request.context, [asGraphQLError(error)]);
  } finally {
    stop.abort();
  }
}

async function* readMessages(
  execution: Execution,
  request: SubgraphRequest,
  signal: AbortSignal,
): AsyncGenerator<SubgraphResult> {
  const opening = openContext(execution, messageContext(request));
  const source = await createSourceEventStream(executionArgs(execution, request, opening));
  if (!(Symbol.asyncIterator in source)) {
    yield failed(execution, request.context, source.errors ?? []);
    return;
  }
  const notices = source[Symbol.asyncIterator]() as AsyncIterator<ChangeNotice>;
  const release = (): void => void notices.return?.();
  signal.addEventListener("abort", release, { once: true });
  try {
    while (!signal.aborted) {
      const turn = await notices.next();
      if (turn.done === true) return;
      const message = await readMessage(execution, request, turn.value);
      if (message !== null) yield message;
    }
  } finally {
    signal.removeEventListener("abort", release);
    release();
  }
}

/** Null: the change gives no message. What the notice says is included, and what its read says of the rest. */
async function readMessage(
  execution: Execution,
  request: SubgraphRequest,
  notice: ChangeNotice,
): Promise<SubgraphResult | null> {
  const context = openContext(execution, messageContext(request));
  const result = await execute({ ...executionArgs(execution, request, context), rootValue: notice });
  if (context.isSkipped()) return null;
  return { ...answer(execution, context, result), cursor: { ...notice.cursor, ...context.collector.cursor() } };
}

/** Every message reads anew, and says what it includes. */
function messageContext({ context }: SubgraphRequest): SubgraphRequest["context"] {
  return { ...context, wantsCursor: true, scope: {} };
}
