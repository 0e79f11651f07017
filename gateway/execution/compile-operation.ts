/** Everything about one operation that does not depend on a request, compiled once and kept in the plan cache. */
import type { FetchNode } from "@graphql-hive/router-query-planner";
import { OperationTypeNode, type GraphQLSchema } from "graphql";
import { compileIntrospection, type Introspect } from "../planning/introspection.ts";
import { planSelections } from "../planning/plan-selections.ts";
import type { PlanOperation } from "../planning/query-planner.ts";
import { resolveSelections } from "../planning/resolve-selections.ts";
import type { SelectedOperation } from "../planning/select-operation.ts";
import type { SubgraphAnswer, SubgraphCall } from "./call-subgraph.ts";
import { compilePlan, sequence, type CompiledPlan, type CompilerDeps } from "./compile-plan.ts";
import { compileCall, compileRootAnswer } from "./compile-root-fetch.ts";
import type { ExecutionState, Step } from "./execution-state.ts";
import { JoinedData } from "./joined-data.ts";
import { PlaceTree } from "./place-tree.ts";
import { compileProjection, type Project } from "./projection.ts";

export interface CompiledOperation {
  /** Whether it is a mutation. */
  readonly writes: boolean;
  /** Data for one run. */
  readonly createData: () => JoinedData;
  /** Fetches and joins; for a subscription what follows an event. */
  readonly run: Step;
  readonly project: Project;
  readonly introspect: Introspect | undefined;
  readonly source: CompiledSource | undefined;
}

/** The primary fetch of a subscription. */
export interface CompiledSource {
  readonly call: (state: ExecutionState) => SubgraphCall;
  /** Takes one event into the state of its message. */
  readonly take: (state: ExecutionState, event: SubgraphAnswer) => void;
}

export interface OperationCompilerDeps extends CompilerDeps {
  readonly schema: GraphQLSchema;
  readonly plan: PlanOperation;
}

/** @throws OnefoldError PLAN_FAILED */
export async function compileOperation(
  selected: SelectedOperation,
  conditions: Readonly<Record<string, unknown>>,
  deps: OperationCompilerDeps,
): Promise<CompiledOperation> {
  const { schema, types } = deps;
  const { operation } = selected;
  const selections = resolveSelections(selected, conditions);
  const nodes = await planSelections({ schema, types, operation }, selections, deps.plan);
  const places = new PlaceTree();
  const plans = nodes.map((node) => compilePlan(node, { ...deps, places }));
  const source = compileSource(plans);
  return {
    writes: operation.operation === OperationTypeNode.MUTATION,
    createData: () => new JoinedData(places.slots, types.isObject),
    run: plans.length === 0 ? () => undefined : sequence(plans.map((plan) => plan.run)),
    project: compileProjection({ schema, types, operationType: operation.operation, root: places.root }, selections),
    introspect:
      operation.operation === OperationTypeNode.QUERY ? compileIntrospection(schema, operation, selections) : undefined,
    source,
  };
}

function compileSource(plans: readonly CompiledPlan[]): CompiledSource | undefined {
  for (const { subscription, compiler } of plans) {
    if (subscription === undefined) continue;
    // A primary fetch comes without its `kind`.
    const fetch: FetchNode = { ...subscription, kind: "Fetch" };
    return { call: compileCall(fetch, compiler), take: compileRootAnswer(fetch, compiler) };
  }
  return undefined;
}
