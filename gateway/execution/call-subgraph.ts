/** One read from one subgraph: deadline, cursor and errors are settled here, and what comes back is data or errors. */
import type { DocumentNode, GraphQLFormattedError } from "graphql";
import { meetCursors } from "../../schema/cursor.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { SubgraphRequest, SubgraphResult, SubgraphTransport } from "../subgraph-transport.ts";
import type { FetchRecord } from "../watch/fetch-record.ts";
import { withDeadline } from "./deadline.ts";
import type { ExecutionState, JsonObject } from "./execution-state.ts";
import { exposeError } from "./expose-error.ts";

export interface SubgraphCall {
  readonly transport: SubgraphTransport;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<JsonObject>;
  /** The same as JSON, where it is there already. */
  readonly variablesText?: string;
  /** What is noted of it, where somebody watches. */
  fetch?: FetchRecord | undefined;
}

export interface SubgraphAnswer {
  readonly data: Readonly<JsonObject> | undefined;
  /** Fit for clients, with paths as the subgraph sees them. */
  readonly errors: readonly GraphQLFormattedError[];
}

/** Never rejects. */
export type CallSubgraph = (state: ExecutionState, call: SubgraphCall) => Promise<SubgraphAnswer>;

export interface CallSubgraphOptions {
  readonly logger: GatewayLogger;
  /** How long one read may take, in milliseconds. */
  readonly fetchTimeoutMs: number;
}

export function createCallSubgraph(options: CallSubgraphOptions): CallSubgraph {
  return async (state, call) => {
    try {
      const { transport } = call;
      const result =
        transport.keepsTime === true
          ? await transport.execute(requestOf(state, call, state.signal))
          : await withDeadline(
              (signal) => transport.execute(requestOf(state, call, signal)),
              options.fetchTimeoutMs,
              state.signal,
            );
      return readResult(state, result, { subgraph: call.transport.name, logger: options.logger });
    } catch (error) {
      const subgraph = call.transport.name;
      if (state.signal?.aborted !== true) options.logger.warn({ err: error, subgraph }, "A subgraph did not answer.");
      return { data: undefined, errors: [unavailable(subgraph)] };
    }
  };
}

/** The request for a transport. Variables that are there as text are parsed only for one that asks for the values. */
export function requestOf(state: ExecutionState, call: SubgraphCall, signal: AbortSignal | undefined): SubgraphRequest {
  const { document, operationName, variablesText, fetch } = call;
  return {
    document,
    ...(operationName !== undefined && { operationName }),
    get variables() {
      return call.variables;
    },
    ...(variablesText !== undefined && { variablesText }),
    context: state.context,
    ...(state.writes && { isAfterWrite: true }),
    fetch,
    ...(signal !== undefined && { signal }),
  };
}

/** Takes a subgraph's result into the run: its cursor is met with the others', its errors are made fit for clients. */
export function readResult(
  state: ExecutionState,
  result: SubgraphResult,
  from: { readonly subgraph: string; readonly logger: GatewayLogger },
): SubgraphAnswer {
  const data = result.data ?? undefined;
  const errors = result.errors ?? [];
  if (data === undefined && errors.length === 0) return { data, errors: [unavailable(from.subgraph)] };
  if (result.cursor !== undefined) {
    state.cursor = state.cursor === undefined ? result.cursor : meetCursors(state.cursor, result.cursor);
  }
  return { data, errors: errors.map((error) => exposeError(error, from.subgraph, from.logger)) };
}

function unavailable(subgraph: string): GraphQLFormattedError {
  return {
    message: `The subgraph "${subgraph}" is unavailable.`,
    extensions: { code: "SUBGRAPH_UNAVAILABLE", subgraph },
  };
}
