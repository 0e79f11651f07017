/**
 * The short way of the HTTP door: a plain POST of JSON whose document is valid goes to the engine directly, and the bytes that
 * the engine wrote are the body. Everything else, above all whatever is to be refused, goes through Apollo Server, which
 * answers the same for what both take.
 */
import type { IncomingMessage } from "node:http";
import { getOperationAST } from "graphql";
import { bytesOfAnswer, type OperationAnswer } from "../execution/operation-answer.ts";
import { costHeader } from "../cost/cost-guard.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { ServingGraph } from "../serving-graph.ts";
import { watchShared } from "../watch/watch-generation.ts";
import type { DocumentGate } from "./document-gate.ts";
import { withWishes } from "./request-context.ts";
import type { RequestParameters } from "./request-parameters.ts";
import { SharedQueries } from "./shared-queries.ts";

export interface ShortWayDeps {
  readonly graph: ServingGraph;
  readonly gate: DocumentGate;
  /** Whether identical queries that are under way at once are run once. */
  readonly shareQueries: boolean;
  readonly monitor: GatewayMonitor | undefined;
}

export interface ShortWayRequest {
  readonly request: IncomingMessage;
  /** Undefined for what is to be refused. */
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

export function createShortWay({ graph, gate, shareQueries, monitor }: ShortWayDeps): ShortWay {
  const sharing = new SharedQueries<ShortAnswer>();
  return async ({ request, parameters, context, signal }) => {
    if (parameters?.query === undefined || !acceptsPlainJson(request)) return undefined;
    const { query, operationName, variables, extensions } = parameters;
    const generation = graph.current;
    const { document } = gate.open(query, generation.schema);
    if (document === undefined) return undefined;
    const type = getOperationAST(document, operationName)?.operation;
    if (type !== "query" && type !== "mutation") return undefined;
    const asking = withWishes(context, extensions);
    const operation: OperationRequest = { document, operationName, variables, context: asking };
    const run = async (more: Pick<OperationRequest, "signal" | "access">): Promise<ShortAnswer> => {
      const answer = await generation.execute({ ...operation, ...more });
      return { answer, bytes: bytesOfAnswer(answer) };
    };
    const { readsHeaders, access: accessOf } = generation;
    if (!shareQueries || type !== "query" || readsHeaders === null) return run({ signal });
    const decided = await accessOf?.audienceOf(operation).catch(() => null);
    // Where it cannot be decided, that is found once more, and told, when it runs.
    if (decided === null) return run({ signal });
    const read = readsHeaders.map((name) => context.headers[name] ?? null);
    const { wantsCursor, wantsPlan, headers } = asking;
    const wishes = [wantsCursor, wantsPlan, headers[costHeader]];
    const identity = `${decided?.audience ?? ""}\n${JSON.stringify([wishes, read, query, operationName, variables])}`;
    const running = sharing.find(generation, identity);
    if (running !== undefined) return watchShared(operation, running, monitor);
    // No one of the askers ends what is run for all: it ends by the time limits of its reads.
    return sharing.add(generation, identity, run(decided === undefined ? {} : { access: decided.access }));
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
