/** A subgraph's result as it travels: the cursor stands in `extensions.onefold.cursor`. */
import type { FormattedExecutionResult } from "graphql";
import type { RequestContext, SubgraphResult } from "../subgraph.ts";

/** `{ data, errors, extensions: { onefold: { cursor: { "events.orders/0": 42 } } } }`, each where there is one. */
export function toWireResult(
  { data, errors, cursor }: SubgraphResult,
  context: RequestContext,
): FormattedExecutionResult {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors }),
    ...(cursor === undefined || !context.wantsCursor ? {} : { extensions: { onefold: { cursor } } }),
  };
}
