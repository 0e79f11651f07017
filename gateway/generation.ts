/** A generation: one supergraph with its API schema, planner, plan cache and executor. A reload makes a new one beside it. */
import { parse, type ExecutionResult, type GraphQLSchema } from "graphql";
import { OnefoldError } from "../schema/errors.ts";
import { buildApiSchema } from "./api-schema.ts";
import { createCostGuard, type CostOptions } from "./cost/cost-guard.ts";
import { readAccessRules } from "./authorization/access-rules.ts";
import type { AccessAudience } from "./authorization/access-audience.ts";
import type { IntrospectionPolicy } from "./authorization/principal.ts";
import { createCallSubgraph } from "./execution/call-subgraph.ts";
import { createExecute } from "./execution/execute-operation.ts";
import { createExecuteIncremental } from "./execution/execute-incremental.ts";
import type { SharingRule } from "./execution/shared-subscriptions.ts";
import { createSubscribe, type ResultStream } from "./execution/subscribe-operation.ts";
import { createPreparer, type FrequentOperation } from "./execution/prepare-operation.ts";
import type { GatewayLogger } from "./gateway-logger.ts";
import type { GatewayMonitor } from "./gateway-monitor.ts";
import type { OperationRequest } from "./operation-request.ts";
import { readContextRules } from "./planning/context-rules.ts";
import { createDeferPlanner } from "./planning/defer-planner.ts";
import type { PlanningLimits } from "./planning/planner-pool.ts";
import { openQueryPlanner, type QueryPlannerOptions } from "./planning/query-planner.ts";
import type { SubgraphTransport } from "./subgraph-transport.ts";
import { checkSupport } from "./supergraph-support.ts";
import { readSupergraphTypes } from "./supergraph-types.ts";
import { watchCalls } from "./watch/watch-calls.ts";
import { watchGeneration } from "./watch/watch-generation.ts";

export interface Generation {
  readonly supergraphSdl: string;
  /** The API schema: what clients validate against and introspect. */
  readonly schema: GraphQLSchema;
  /** The client's headers that answers may depend on, in lower case; null: any. */
  readonly readsHeaders: readonly string[] | null;
  /** What of the principal answers may depend on; undefined: nothing. */
  readonly access: AccessAudience | undefined;
  /** Runs a query or mutation. Never rejects. */
  execute(request: OperationRequest): Promise<ExecutionResult>;
  /** Runs a query or mutation for a client that takes deferred fragments later: a stream if there are some. Never rejects. */
  executeIncrementally(request: OperationRequest): Promise<ResultStream | ExecutionResult>;
  /** Starts a subscription: a stream of results, or one result if it cannot start. Never rejects. */
  subscribe(request: OperationRequest): Promise<ResultStream | ExecutionResult>;
  /** What clients ask for most often. */
  frequentOperations(): readonly FrequentOperation[];
  /** Prepares what clients of another generation ask for; what is not valid here is passed over. Never rejects. */
  warm(operations: readonly FrequentOperation[]): Promise<void>;
  /** Ends its planner's processes, by id in `plannerPids`; what is planned already still runs. Idempotent. */
  close(): void;
  readonly plannerPids: () => readonly number[];
}

export interface GenerationOptions extends PlanningLimits, CostOptions {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly SubgraphTransport[];
  readonly logger: GatewayLogger;
  readonly fetchTimeoutMs: number;
  /** How many compiled operations are kept. */
  readonly planCacheSize: number;
  readonly monitor?: GatewayMonitor | undefined;
  /** Whether clients may ask for query plans. @default false */
  readonly development?: boolean | undefined;
  /** What else its planner goes by. */
  readonly planner?: QueryPlannerOptions | undefined;
  /** Whether requests come with a principal; a supergraph with conditions is refused otherwise. @default false */
  readonly authorises?: boolean;
  /** Whether an operation that asks for what its client may not have is refused whole. @default false */
  readonly rejectUnauthorized?: boolean;
  /** Whether equal subscriptions of several clients are one for the subgraphs, where these allow it. @default false */
  readonly shareSubscriptions?: boolean;
  /** @default allow */
  readonly introspection?: IntrospectionPolicy;
}

/**
 * Starts a generation's planner, in a process of its own.
 * @throws OnefoldError SUPERGRAPH_UNSUPPORTED, PLANNER_UNAVAILABLE; Error with what the planner says of the supergraph
 */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  const { supergraphSdl, logger, monitor, authorises = false, rejectUnauthorized = false } = options;
  const supergraph = parse(supergraphSdl, { noLocation: true });
  checkSupport(supergraph, { authorises });
  const schema = buildApiSchema(supergraphSdl);
  const transports = new Map(options.subgraphs.map((transport) => [transport.name, transport]));
  const callSubgraph = watchCalls(createCallSubgraph({ logger, fetchTimeoutMs: options.fetchTimeoutMs }), monitor);
  const types = readSupergraphTypes(supergraphSdl);
  const plannerOptions = { ...planningLimits(options), ...options.planner };
  const planner = await openQueryPlanner(supergraphSdl, plannerOptions);
  const deferPlanner = createDeferPlanner(supergraphSdl, (sdl) => openQueryPlanner(sdl, plannerOptions));
  const preparer = createPreparer(
    {
      schema,
      types,
      rules: readAccessRules(supergraph),
      contexts: readContextRules(supergraph),
      rejectUnauthorized,
      introspection: options.introspection ?? "allow",
      readsClaims: readsClaims(options.subgraphs),
      drawPlanner: planner.draw,
      deferPlanner,
      weigh: createCostGuard(supergraphSdl, schema, options),
      callSubgraph,
      showsPlans: options.development ?? false,
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
    access: preparer.access,
    execute: createExecute({ preparer, logger }),
    executeIncrementally: createExecuteIncremental({ preparer, logger }),
    subscribe: createSubscribe({ preparer, logger, sharing: sharingOf(options) }),
    frequentOperations: () => preparer.frequent(),
    warm: (operations) => preparer.warm(operations),
    close() {
      planner.close();
      deferPlanner.close();
    },
    plannerPids: () => [...planner.pids(), ...deferPlanner.pids()],
  };
  return watchGeneration(generation, monitor);
}

function planningLimits({ planTimeoutMs, maxPlanningBytes }: PlanningLimits): PlanningLimits {
  return {
    ...(planTimeoutMs !== undefined && { planTimeoutMs }),
    ...(maxPlanningBytes !== undefined && { maxPlanningBytes }),
  };
}

/** Null where subscriptions are not shared: where it is not wanted, or a subgraph may read any header. */
function sharingOf({ shareSubscriptions = false, subgraphs }: GenerationOptions): SharingRule | null {
  const headers = readsHeaders(subgraphs);
  return shareSubscriptions && headers !== null ? { headers, claims: readsClaims(subgraphs) } : null;
}

function readsClaims(subgraphs: readonly SubgraphTransport[]): readonly string[] {
  return [...new Set(subgraphs.flatMap(({ readsClaims: names = [] }) => names))].sort();
}

function readsHeaders(subgraphs: readonly SubgraphTransport[]): readonly string[] | null {
  const names = new Set<string>();
  for (const subgraph of subgraphs) {
    if (subgraph.readsHeaders === undefined) return null;
    for (const name of subgraph.readsHeaders) names.add(name);
  }
  return [...names].sort();
}
