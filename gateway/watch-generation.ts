/** A generation whose operations are watched: everything that a door executes goes through here. */
import { getOperationAST, type ExecutionResult } from "graphql";
import type { CallSubgraph, SubgraphAnswer } from "./execution/call-subgraph.ts";
import { watchStream, type ResultStream } from "./execution/result-stream.ts";
import { outcomeOfResult, type CallOutcome, type GatewayMonitor, type WatchedOperation } from "./gateway-monitor.ts";
import type { Generation } from "./generation.ts";
import type { OperationRequest } from "./operation-request.ts";

export function watchGeneration(generation: Generation, monitor: GatewayMonitor | undefined): Generation {
  if (monitor === undefined) return generation;
  return {
    ...generation,
    execute: (request) => monitor.operation(describe(request), () => generation.execute(request), outcomeOfResult),
    async subscribe(request) {
      const open = (): Promise<ResultStream | ExecutionResult> => generation.subscribe(request);
      const opened = await monitor.operation(describe(request), open, (result) =>
        isStream(result) ? "ok" : outcomeOfResult(result),
      );
      if (!isStream(opened)) return opened;
      return watchStream(opened, request.signal, {
        onMessage: (result) => monitor.message(outcomeOfResult(result)),
        onEnd: monitor.subscribed(),
      });
    },
  };
}

export function watchCalls(callSubgraph: CallSubgraph, monitor: GatewayMonitor | undefined): CallSubgraph {
  if (monitor === undefined) return callSubgraph;
  return (state, call) =>
    monitor.call(
      { subgraph: call.transport.name, context: state.context },
      () => callSubgraph(state, call),
      outcomeOfAnswer,
    );
}

function outcomeOfAnswer({ data, errors }: SubgraphAnswer): CallOutcome {
  if (errors.length === 0) return "ok";
  const gone = errors.some(({ extensions }) => extensions?.["code"] === "SUBGRAPH_UNAVAILABLE");
  return gone && data === undefined ? "unavailable" : "errors";
}

function describe({ document, operationName, context }: OperationRequest): WatchedOperation {
  const operation = getOperationAST(document, operationName);
  return { type: operation?.operation ?? "query", name: operation?.name?.value ?? null, context };
}

function isStream(result: ResultStream | ExecutionResult): result is ResultStream {
  return Symbol.asyncIterator in result;
}
