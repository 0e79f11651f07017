/** Plan compilation: a plan tree becomes closures once, which are kept with the plan and run for every request. */
import type { FetchNode, FlattenNodePathSegment, PlanNode } from "@graphql-hive/router-query-planner";
import { OnefoldError } from "../../schema/errors.ts";
import type { SubgraphTransport } from "../subgraph-transport.ts";
import type { SupergraphTypes } from "../supergraph-types.ts";
import type { CallSubgraph } from "./call-subgraph.ts";
import type { WithContexts } from "../planning/mark-contexts.ts";
import { compileContextFetch } from "./compile-context-fetch.ts";
import { compileEntityFetch, type EntityFetch } from "./compile-entity-fetch.ts";
import { compileRootFetch } from "./compile-root-fetch.ts";
import type { ExecutionState, Step } from "./execution-state.ts";
import type { Place, PlaceTree } from "./place-tree.ts";
import type { SharedWork } from "./shared-work.ts";

/** What plans of one supergraph are compiled with. */
export interface CompilerDeps {
  readonly types: SupergraphTypes;
  readonly callSubgraph: CallSubgraph;
  /** @throws OnefoldError PLAN_FAILED for a subgraph that nobody serves */
  readonly transportOf: (subgraph: string) => SubgraphTransport;
}

export interface PlanCompiler extends CompilerDeps {
  /** Where the fetches of all plans of the operation write. */
  readonly places: PlaceTree;
  /** Places on the way to fields with arguments from around them: what hangs on their objects is shared with no other object. */
  readonly apart?: ReadonlySet<Place>;
  /** What runs of the operation have in common. Undefined: they share nothing. */
  readonly work?: SharedWork;
}

export interface CompiledPlan {
  readonly run: Step;
  /** For a subscription: the fetch whose events start each run; `run` is then what follows an event. */
  readonly subscription: FetchNode | undefined;
  readonly compiler: PlanCompiler;
}

export function compilePlan(root: PlanNode, compiler: PlanCompiler): CompiledPlan {
  return { run: compileNode(root, [], compiler), subscription: findSubscription(root), compiler };
}

const nothing: Step = () => undefined;

function compileNode(node: PlanNode, path: readonly FlattenNodePathSegment[], compiler: PlanCompiler): Step {
  switch (node.kind) {
    case "Fetch":
      return path.length === 0 ? compileRootFetch(node, compiler) : compileFlattenedFetch(node, path, compiler);
    case "BatchFetch":
      return compileEntities({ ...node, fields: node.entityBatch.aliases }, compiler);
    case "Flatten":
      return compileNode(node.node, [...path, ...node.path], compiler);
    case "Sequence":
      return sequence(node.nodes.map((child) => compileNode(child, path, compiler)));
    case "Parallel":
      return parallel(node.nodes.map((child) => compileNode(child, path, compiler)));
    case "Condition": {
      const { condition, ifClause, elseClause } = node;
      const whenTrue = ifClause === undefined ? nothing : compileNode(ifClause, path, compiler);
      const whenFalse = elseClause === undefined ? nothing : compileNode(elseClause, path, compiler);
      return (state) => (state.variables[condition] === true ? whenTrue(state) : whenFalse(state));
    }
    case "Subscription":
      return nothing;
    case "Defer":
      throw new OnefoldError("PLAN_FAILED", "A plan has a deferred part, which nothing asked for.");
  }
}

function compileFlattenedFetch(
  node: FetchNode & WithContexts,
  path: readonly FlattenNodePathSegment[],
  compiler: PlanCompiler,
): Step {
  const { requires = [], inputRewrites = [], outputRewrites = [], contexts = [] } = node;
  const variable = { alias: "_entities", representationsVariableName: "representations" };
  const field = { ...variable, paths: [path], requires, inputRewrites, outputRewrites, contexts };
  return compileEntities({ ...node, fields: [field] }, compiler);
}

/** Where entities need values from around them, each field of the request is one of its own. */
function compileEntities(fetch: EntityFetch, compiler: PlanCompiler): Step {
  if (fetch.fields.every(({ contexts = [] }) => contexts.length === 0)) return compileEntityFetch(fetch, compiler);
  return parallel(fetch.fields.map((field) => compileContextFetch(fetch, field, compiler)));
}

/** Runs steps one after the other; without anything to wait for it does not wait. */
export function sequence(steps: readonly Step[]): Step {
  if (steps.length === 1 && steps[0] !== undefined) return steps[0];
  const runFrom = async (state: ExecutionState, start: number, pending: Promise<void>): Promise<void> => {
    await pending;
    for (const step of steps.slice(start)) await step(state);
  };
  return (state) => {
    for (const [index, step] of steps.entries()) {
      const pending = step(state);
      if (pending !== undefined) return runFrom(state, index + 1, pending);
    }
    return undefined;
  };
}

function parallel(steps: readonly Step[]): Step {
  return (state) => {
    const pending = steps.map((step) => step(state)).filter((promise) => promise !== undefined);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  };
}

function findSubscription(node: PlanNode): FetchNode | undefined {
  if (node.kind === "Subscription") return node.primary;
  if (node.kind !== "Sequence" && node.kind !== "Parallel") return undefined;
  for (const child of node.nodes) {
    const found = findSubscription(child);
    if (found !== undefined) return found;
  }
  return undefined;
}
