/** The way of operations with @defer through the HTTP door, for clients that take an answer in parts. */
import { getOperationAST } from "graphql";
import type { OperationAnswer } from "../execution/operation-answer.ts";
import type { ResultStream } from "../execution/result-stream.ts";
import type { ServingGraph } from "../serving-graph.ts";
import type { DocumentGate } from "./document-gate.ts";
import { withWishes } from "./request-context.ts";
import type { ShortWayRequest } from "./short-way.ts";

/** A stream, or the whole answer where nothing is deferred. Undefined: nothing was done, go another way. */
export type PartsWay = (of: ShortWayRequest) => Promise<ResultStream | OperationAnswer | undefined>;

export function createPartsWay({
  graph,
  gate,
}: {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
}): PartsWay {
  return async ({ request, parameters, context, signal }) => {
    if (parameters?.query?.includes("@defer") !== true) return undefined;
    const { query = "", operationName, variables, extensions } = parameters;
    const generation = graph.current;
    const { document } = gate.open(query, generation.schema);
    if (document === undefined) return undefined;
    const type = getOperationAST(document, operationName)?.operation;
    if (type !== "query" && (type !== "mutation" || request.method !== "POST")) return undefined;
    return generation.executeIncrementally({
      document,
      operationName,
      variables,
      context: withWishes(context, extensions),
      signal,
    });
  };
}
