/** Reads of subgraphs that are watched: each has a record, which its transport writes in, too. */
import type { CallSubgraph, SubgraphAnswer } from "../execution/call-subgraph.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import { CANCELLED, FetchRecord, type CallOutcome } from "./fetch-record.ts";
import { codeOf } from "./watch-generation.ts";

export function watchCalls(callSubgraph: CallSubgraph, monitor: GatewayMonitor | undefined): CallSubgraph {
  if (monitor === undefined) return callSubgraph;
  return async (state, call) => {
    const { record } = state.context;
    const fetch = new FetchRecord(call.transport.name, call.operationName);
    call.fetch = fetch;
    // Messages of a subscription belong to no operation that is still running.
    const isPart = record !== undefined && !record.isEnded;
    if (isPart) record.fetches.push(fetch);
    monitor.fetchBegun?.(fetch);
    const trace = isPart ? record.trace?.fetch(fetch) : undefined;
    fetch.traceparent = (trace ?? record?.trace)?.traceparent;
    const answer = await (trace === undefined
      ? callSubgraph(state, call)
      : trace.within(() => callSubgraph(state, call)));
    fetch.ms = performance.now() - fetch.startedAt;
    const isCancelled = state.signal?.aborted === true;
    fetch.outcome = isCancelled ? "cancelled" : outcomeOf(answer);
    fetch.code = isCancelled ? CANCELLED : codeOf(answer);
    trace?.end();
    monitor.fetchEnded?.(fetch);
    return answer;
  };
}

function outcomeOf({ data, errors }: SubgraphAnswer): CallOutcome {
  if (errors.length === 0) return "ok";
  const gone = errors.some(({ extensions }) => extensions?.["code"] === "SUBGRAPH_UNAVAILABLE");
  return gone && data === undefined ? "unavailable" : "errors";
}
