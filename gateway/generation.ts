/** A generation: one supergraph with its API schema, planner, plan cache and executor. A reload makes a new one beside it. */
import { parse, type ExecutionResult, type GraphQLSchema } from "graphql";
import { OnefoldError } from "../schema/errors.ts";
import { buildApiSchema } from "./api-schema.ts";
import { createCallSubgraph } from "./execution/call-subgraph.ts";
import { createExecute } from "./execution/execute-operation.ts";
import { createSubscribe, type ResultStream } from "./execution/subscribe-operation.ts";
import { createPreparer, type FrequentOperation } from "./execution/prepare-operation.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import type { GatewayMonitor } from "./gateway-monitor.ts";
import type { OperationRequest } from "./operation-request.ts";
import { createQueryPlanner } from "./planning/query-planner.ts";
import type { SubgraphTransport } from "./subgraph-transport.ts";
import { checkSupport } from "./supergraph-support.ts";
import { readSupergraphTypes } from "./supergraph-types.ts";
import { watchCalls, watchGeneration } from "./watch-generation.ts";

export interface Generation {
  readonly supergraphSdl: string;
  /** The API schema: what clients validate against and introspect. */
  readonly schema: GraphQLSchema;
  /** The client's headers that answers may depend on, in lower case; null: any. */
  readonly readsHeaders: readonly string[] | null;
  /** Runs a query or mutation. Never rejects. */
  execute(request: OperationRequest): Promise<ExecutionResult>;
  /** Starts a subscription: a stream of results, or one result if it cannot start. Never rejects. */
  subscribe(request: OperationRequest): Promise<ResultStream | ExecutionResult>;
  /** What clients ask for most often. */
  frequentOperations(): readonly FrequentOperation[];
  /** Prepares what clients of another generation ask for; what is not valid here is passed over. Never rejects. */
  warm(operations: readonly FrequentOperation[]): Promise<void>;
}

export interface GenerationOptions {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphTransport[];
  readonly logger: GatewayLogger;
  readonly fetchTimeoutMs: number;
  /** How many compiled operations are kept. */
  readonly planCacheSize: number;
  readonly monitor?: GatewayMonitor | undefined;
}

/** @throws OnefoldError SUPERGRAPH_UNSUPPORTED */
export function createGeneration(options: GenerationOptions): Generation {
  const { supergraphSdl, logger, monitor } = options;
  checkSupport(parse(supergraphSdl, { noLocation: true }));
  const schema = buildApiSchema(supergraphSdl);
  const transports = new Map(options.subgraphs.map((transport) => [transport.name, transport]));
  const callSubgraph = watchCalls(createCallSubgraph({ logger, fetchTimeoutMs: options.fetchTimeoutMs }), monitor);
  const preparer = createPreparer(
    {
      schema,
      types: readSupergraphTypes(supergraphSdl),
      drawPlanner: createQueryPlanner(supergraphSdl),
      callSubgraph,
      transportOf: (name) => {
        const transport = transports.get(name);
        if (transport === undefined) throw new OnefoldError("PLAN_FAILED", `Nothing serves the subgraph "${name}".`);
        return transport;
      },
    },
    options.planCacheSize,
  );
  const generation: Generation = {
    supergraphSdl,
    schema,
    readsHeaders: readsHeaders(options.subgraphs),
    execute: createExecute({ preparer, logger }),
    subscribe: createSubscribe({ preparer, logger }),
    frequentOperations: () => preparer.frequent(),
    warm: (operations) => preparer.warm(operations),
  };
  return watchGeneration(generation, monitor);
}

function readsHeaders(subgraphs: readonly SubgraphTransport[]): readonly string[] | null {
  const names = new Set<string>();
  for (const subgraph of subgraphs) {
    if (subgraph.readsHeaders === undefined) return null;
    for (const name of subgraph.readsHeaders) names.add(name);
  }
  return [...names].sort();
}
