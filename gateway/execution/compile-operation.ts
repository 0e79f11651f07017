/** Everything about one operation that does not depend on a request, compiled once and kept in the plan cache. */
import type { FetchNode, PlanNode } from "@graphql-hive/router-query-planner";
import { OperationTypeNode, type FieldNode, type GraphQLSchema, type SelectionNode } from "graphql";
import { reduceOperation, type ReducedOperation } from "../authorization/guard-operation.ts";
import type { AccessRules } from "../authorization/access-rules.ts";
import type { DeferPlanner } from "../planning/defer-planner.ts";
import { readDeferred } from "../planning/deferred-fragments.ts";
import { compileIntrospection, type Introspect } from "../planning/introspection.ts";
import { planDeferred, type PlannedOperation } from "../planning/plan-deferred.ts";
import type { ContextRules } from "../planning/context-rules.ts";
import { hasContextFields, planOperation } from "../planning/plan-operation.ts";
import type { PlanOperation } from "../planning/query-planner.ts";
import { resolveSelections } from "../planning/resolve-selections.ts";
import type { SelectedOperation } from "../planning/select-operation.ts";
import type { SubgraphTransport } from "../subgraph-transport.ts";
import type { SubgraphAnswer, SubgraphCall } from "./call-subgraph.ts";
import { compileDeferral, type CompiledDeferral } from "./compile-deferral.ts";
import { compilePlan, sequence, type CompiledPlan, type CompilerDeps } from "./compile-plan.ts";
import { compileCall, compileRootAnswer } from "./compile-root-fetch.ts";
import type { ExecutionState, Step } from "./execution-state.ts";
import { JoinedData } from "./joined-data.ts";
import { PlaceTree, type Place } from "./place-tree.ts";
import { compileProjection, type Project } from "./projection.ts";
import { SharedWork } from "./shared-work.ts";

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
  /** What is left out of `project`, and comes later; none where nothing is deferred. */
  readonly deferred: CompiledDeferral | undefined;
  /** Where plans are shown. */
  readonly plans: readonly PlanNode[] | undefined;
  /** What its runs have in common; undefined where an answer depends on more than what subgraphs say. */
  readonly work: SharedWork | undefined;
}

/** The primary fetch of a subscription. */
export interface CompiledSource {
  readonly transport: SubgraphTransport;
  readonly call: (state: ExecutionState) => SubgraphCall;
  /** Takes one event into the state of its message. */
  readonly take: (state: ExecutionState, event: SubgraphAnswer) => void;
}

export interface OperationCompilerDeps extends CompilerDeps {
  readonly schema: GraphQLSchema;
  readonly plan: PlanOperation;
  readonly deferPlanner: DeferPlanner;
  /** Whether plans are kept, to be shown to clients. */
  readonly showsPlans: boolean;
  /** Undefined: everyone may have everything. */
  readonly rules: AccessRules | undefined;
  /** Undefined: no field takes arguments from around it. */
  readonly contexts: ContextRules | undefined;
}

/** What decides, beside its text, how an operation is compiled. */
export interface CompilationKey {
  /** Values of the variables that @skip and @include depend on. */
  readonly conditions: Readonly<Record<string, unknown>>;
  /** The guarded fields that are taken out, by their places. */
  readonly removed: readonly number[];
}

/**
 * Compiles an operation with all that it asks for in one answer.
 * @throws OnefoldError PLAN_FAILED
 */
export function compileOperation(
  selected: SelectedOperation,
  { conditions, removed }: CompilationKey,
  deps: OperationCompilerDeps,
): Promise<CompiledOperation> {
  return compileSelections(selected, { selections: resolveSelections(selected, conditions), removed }, deps);
}

/** Compiles an operation whose deferred fragments come later. Nothing may be taken out of it. */
export async function compileIncremental(
  selected: SelectedOperation,
  { conditions, removed }: CompilationKey,
  deps: OperationCompilerDeps,
): Promise<CompiledOperation> {
  const { schema, types, deferPlanner } = deps;
  const { operation } = selected;
  // What is deferred begins at keys alone; a field with arguments from around it needs more.
  if (hasContextFields({ ...deps, operation }, resolveSelections(selected, conditions))) {
    return compileOperation(selected, { conditions, removed }, deps);
  }
  const deferral = readDeferred(deps, selected, conditions);
  if (deferral.fragments.length === 0) return compileOperation(selected, { conditions, removed }, deps);
  const source = { schema, types, operation, planner: deferPlanner };
  const planned = await planDeferred(source, deferral);
  const selections = deferral.with(new Set());
  const all = resolveSelections(selected, conditions);
  return compileSelections(selected, { selections, removed, all, planned }, deps);
}

interface Parts extends Pick<CompilationKey, "removed"> {
  /** What the answer, or the first part of it, has. */
  readonly selections: readonly SelectionNode[];
  /** Where there are deferred fragments: the selections with all of them, and their plans. */
  readonly all?: readonly SelectionNode[];
  readonly planned?: PlannedOperation;
}

async function compileSelections(
  selected: SelectedOperation,
  { selections, removed, all = selections, planned }: Parts,
  deps: OperationCompilerDeps,
): Promise<CompiledOperation> {
  const { schema, types } = deps;
  const { operation } = selected;
  const reduced = reduce(selected, { selections: planned?.selections ?? selections, removed }, deps);
  const { nodes, contextPlaces } = await planOperation(
    { ...deps, operation, planner: deps.deferPlanner },
    reduced.selections,
  );
  const places = new PlaceTree();
  const apart = placesAbove(places, contextPlaces);
  const introspect =
    operation.operation === OperationTypeNode.QUERY ? compileIntrospection(schema, operation, all) : undefined;
  // What is read for deferred parts later changes what is known.
  const work = introspect === undefined && planned === undefined ? new SharedWork() : undefined;
  const plans = nodes.map((node) => compilePlan(node, { ...deps, places, apart, ...(work !== undefined && { work }) }));
  const source = compileSource(plans);
  const { denied } = reduced;
  const projected = { schema, types, operationType: operation.operation, root: places.root, denied };
  return {
    writes: operation.operation === OperationTypeNode.MUTATION,
    createData: () => new JoinedData(places.slots, types.isObject),
    run: plans.length === 0 ? () => undefined : sequence(plans.map((plan) => plan.run)),
    project: compileProjection(projected, selections),
    introspect,
    source,
    deferred: planned && compileDeferral(planned, { source: projected, compiler: { ...deps, places } }),
    plans: deps.showsPlans ? nodes : undefined,
    work,
  };
}

function placesAbove({ root }: PlaceTree, places: readonly (readonly string[])[]): ReadonlySet<Place> {
  return new Set(places.flatMap((keys) => keys.map((_key, at) => root.at(keys.slice(0, at)))));
}

const nothingDenied: ReadonlySet<FieldNode> = new Set();

function reduce(
  { operation }: SelectedOperation,
  { selections, removed }: { readonly selections: readonly SelectionNode[]; readonly removed: readonly number[] },
  { schema, rules }: OperationCompilerDeps,
): ReducedOperation {
  const root = schema.getRootType(operation.operation);
  if (removed.length === 0 || rules === undefined || root == null) return { selections, denied: nothingDenied };
  return reduceOperation({ schema, rules, root }, selections, new Set(removed));
}

function compileSource(plans: readonly CompiledPlan[]): CompiledSource | undefined {
  for (const { subscription, compiler } of plans) {
    if (subscription === undefined) continue;
    // A primary fetch comes without its `kind`.
    const fetch: FetchNode = { ...subscription, kind: "Fetch" };
    return {
      transport: compiler.transportOf(fetch.serviceName),
      call: compileCall(fetch, compiler),
      take: compileRootAnswer(fetch, compiler),
    };
  }
  return undefined;
}
