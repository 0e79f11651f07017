/** Execution with a time limit: a caller is answered even while a store keeps silent. */
import { errorCatalogue } from "../../schema/errors.ts";
import type { Subgraph, SubgraphRequest, SubgraphResult } from "../subgraph.ts";

/** What a caller gets that is gone. */
const unread: SubgraphResult = { data: null };

/** Never rejects. After `timeoutMs` the answer is REQUEST_TIMEOUT; then, and when the caller is gone, the work is told to stop. */
export function executeWithin(
  subgraph: Pick<Subgraph, "execute">,
  request: SubgraphRequest & { readonly signal: AbortSignal },
  timeoutMs: number,
): Promise<SubgraphResult> {
  if (request.signal.aborted) return Promise.resolve(unread);
  return new Promise((resolve) => {
    const over = new AbortController();
    const settle = (result: SubgraphResult): void => {
      clearTimeout(timer);
      request.signal.removeEventListener("abort", onGone);
      resolve(result);
    };
    const giveUp = (result: SubgraphResult): void => {
      over.abort();
      settle(result);
    };
    const onGone = (): void => giveUp(unread);
    const timer = setTimeout(() => giveUp(timedOut(timeoutMs)), timeoutMs);
    request.signal.addEventListener("abort", onGone, { once: true });
    void subgraph.execute({ ...request, signal: over.signal }).then(settle);
  });
}

function timedOut(timeoutMs: number): SubgraphResult {
  const { remedy } = errorCatalogue.REQUEST_TIMEOUT;
  const message = `The request was not answered within ${timeoutMs} ms.`;
  return { errors: [{ message, extensions: { code: "REQUEST_TIMEOUT", remedy } }] };
}
