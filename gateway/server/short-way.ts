/**
 * The short way of the HTTP door: a plain POST of JSON whose document is valid goes to the engine directly, and the bytes that
 * the engine wrote are the body. Everything else, above all whatever is to be refused, goes through Apollo Server, which
 * answers the same for what both take.
 */
import type { IncomingMessage } from "node:http";
import { getOperationAST } from "graphql";
import { bytesOfAnswer, type OperationAnswer } from "../execution/operation-answer.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { ServingGraph } from "../serving-graph.ts";
import type { DocumentGate } from "./document-gate.ts";
import { asksForCursor } from "./request-context.ts";
import type { RequestParameters } from "./request-parameters.ts";
import { SharedQueries } from "./shared-queries.ts";

export interface ShortWayDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  /** Whether identical queries that are under way at once are run once. */
  readonly shareQueries: boolean;
}

export interface ShortWayRequest {
  readonly request: IncomingMessage;
  /** Undefined for what is no POST. */
  readonly parameters: RequestParameters | undefined;
  readonly context: RequestContext;
  readonly signal: AbortSignal;
}

/** Undefined: nothing was done, go the long way. */
export type ShortWay = (of: ShortWayRequest) => Promise<ShortAnswer | undefined>;

export interface ShortAnswer {
  /** What became of the operation: the long way formats it, and runs nothing again. */
  readonly answer: OperationAnswer;
  /** The body of a response with status 200 and content type application/json; undefined: the long way knows the status. */
  readonly bytes: Buffer | undefined;
}

export function createShortWay({ graph, gate, shareQueries }: ShortWayDeps): ShortWay {
  const sharing = new SharedQueries<ShortAnswer>();
  return async ({ request, parameters, context, signal }) => {
    if (parameters?.query === undefined || !acceptsPlainJson(request)) return undefined;
    const { query, operationName, variables, extensions } = parameters;
    const generation = graph.current;
    const { document } = gate.open(query, generation.schema);
    if (document === undefined) return undefined;
    const type = getOperationAST(document, operationName)?.operation;
    if (type !== "query" && type !== "mutation") return undefined;
    const wantsCursor = context.wantsCursor || asksForCursor(extensions);
    const run = async (until: AbortSignal | undefined): Promise<ShortAnswer> => {
      const answer = await generation.execute({
        document,
        operationName,
        variables,
        context: wantsCursor === context.wantsCursor ? context : { ...context, wantsCursor },
        ...(until !== undefined && { signal: until }),
      });
      return { answer, bytes: bytesOfAnswer(answer) };
    };
    const { readsHeaders } = generation;
    if (!shareQueries || type !== "query" || readsHeaders === null) return run(signal);
    const principal = readsHeaders.map((name) => context.headers[name] ?? null);
    // No one of the askers ends what is run for all: it ends by the time limits of its reads.
    return sharing.join(generation, JSON.stringify([wantsCursor, principal, query, operationName, variables]), () =>
      run(undefined),
    );
  };
}

const jsonType = /^application\/json\s*(;\s*charset=utf-?8\s*)?$/i;
/** Lists without preferences, of which JSON is one; others are weighed the long way. */
const plainAccept = /^(\*\/\*|application\/(json|\*))(\s*,\s*(\*\/\*|text\/(plain|\*)))*$/i;

function acceptsPlainJson({ method, headers }: IncomingMessage): boolean {
  if (method !== "POST" || headers["content-encoding"] !== undefined) return false;
  const { accept = "*/*", "content-type": type = "" } = headers;
  return jsonType.test(type) && plainAccept.test(accept);
}
