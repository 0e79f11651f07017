/** A generation whose operations are watched: everything that a door executes goes through here. */
import { getOperationAST, type ExecutionResult } from "graphql";
import type { CallSubgraph, SubgraphAnswer } from "./execution/call-subgraph.ts";
import type { ResultStream } from "./execution/result-stream.ts";
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
      return isStream(opened) ? watchStream(opened, request.signal, monitor) : opened;
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

/** Counts a stream as open from its first moment to its end, whoever ends it. */
function watchStream(stream: ResultStream, signal: AbortSignal | undefined, monitor: GatewayMonitor): ResultStream {
  const closed = monitor.subscribed();
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    signal?.removeEventListener("abort", end);
    closed();
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  const watched: ResultStream = {
    async next() {
      const result = await stream.next();
      if (result.done === true) end();
      else monitor.message(outcomeOfResult(result.value));
      return result;
    },
    return(value) {
      end();
      return stream.return(value);
    },
    throw(error) {
      end();
      return stream.throw(error);
    },
    [Symbol.asyncIterator]: () => watched,
    [Symbol.asyncDispose]() {
      end();
      return stream[Symbol.asyncDispose]();
    },
  };
  return watched;
}
