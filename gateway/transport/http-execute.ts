/** Queries and mutations of a remote subgraph, over HTTP. */
import type { SubgraphRequest, SubgraphResult } from "../subgraph-transport.ts";
import { documentText } from "./document-text.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { postOperation } from "./post-operation.ts";
import { readResult } from "./read-result.ts";
import type { RemoteSubgraphSettings } from "./remote-subgraph-options.ts";
import { failureResult } from "./transport-failure.ts";

/** Never rejects. */
export function createHttpExecute(
  settings: RemoteSubgraphSettings,
): (request: SubgraphRequest) => Promise<SubgraphResult> {
  const { name, logger, timeoutMs, mutationTimeoutMs, forwardHeaders } = settings;
  return async ({ document, operationName, variables, context, signal }) => {
    try {
      const { text: query, isMutation } = documentText(document);
      const extensions = context.wantsCursor ? { onefold: { wantsCursor: true } } : undefined;
      const json = await postOperation(settings, {
        body: { query, operationName, variables, extensions },
        headers: forwardedHeaders(context, forwardHeaders),
        timeoutMs: isMutation ? mutationTimeoutMs : timeoutMs,
        signal,
      });
      return readResult(json);
    } catch (error) {
      return failureResult(error, name, logger);
    }
  };
}
