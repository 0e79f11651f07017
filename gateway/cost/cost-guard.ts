/** Holds operations against the limit of costs, and tells who asks what they cost. */
import { parse, type GraphQLSchema } from "graphql";
import type { JsonObject } from "../execution/execution-state.ts";
import { LruCache } from "../planning/lru-cache.ts";
import { resolveSelections } from "../planning/resolve-selections.ts";
import type { SelectedOperation } from "../planning/select-operation.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import { compileCost, type CostModel } from "./compile-cost.ts";
import { evaluateCost, type Cost } from "./cost.ts";
import { costError, type EstimatedCost } from "./cost-error.ts";
import { readCostWeights } from "./cost-weights.ts";

export interface CostOptions {
  /** What one operation may cost at most. @default no limit, and costs are estimated for who asks only */
  readonly maxCost?: number | undefined;
  /** How long lists are taken to be of which no @listSize says it. @default 10 */
  readonly assumedListSize?: number | undefined;
}

/**
 * Answers what an operation costs, given its coerced variables; undefined where nobody wants to know.
 * @throws the error for the client, of an operation that costs too much or lacks a slicing argument
 */
export type WeighOperation = (
  context: RequestContext,
  selected: SelectedOperation,
  variables: JsonObject,
) => EstimatedCost | undefined;

/** A client asks for the cost of its operation by this header: `true`. */
export const costHeader = "onefold-cost";

const defaultListSize = 10;
const maxEntries = 1_000;

/** Costs are compiled once an operation, and only for gateways with a limit and for who asks. */
export function createCostGuard(supergraphSdl: string, schema: GraphQLSchema, options: CostOptions): WeighOperation {
  const { maxCost, assumedListSize = defaultListSize } = options;
  const known = new LruCache<Cost>(maxEntries);
  let model: CostModel | undefined;
  const compile = (selected: SelectedOperation, variables: JsonObject): Cost => {
    model ??= { schema, assumedListSize, weights: readCostWeights(parse(supergraphSdl, { noLocation: true })) };
    return compileCost(model, selected.operation.operation, resolveSelections(selected, variables));
  };
  return ({ headers }, selected, variables) => {
    if (maxCost === undefined && headers[costHeader] !== "true") return undefined;
    const key = `${selected.conditionVariables.map((name) => String(variables[name])).join()}\n${selected.text}`;
    const cost = known.get(key) ?? compile(selected, variables);
    known.set(key, cost);
    // JSON has no infinity.
    const estimated = Math.min(evaluateCost(cost, variables), Number.MAX_SAFE_INTEGER);
    const told: EstimatedCost = { estimated, ...(maxCost !== undefined && { max: maxCost }) };
    if (maxCost === undefined || estimated <= maxCost) return told;
    throw costError(`The operation costs ${estimated} by estimate, and may cost ${maxCost} at most.`, told);
  };
}

/** The cost, for an answer's extensions, where the client asked for it. */
export function toldCost(
  { headers }: RequestContext,
  cost: EstimatedCost | undefined,
): { readonly cost?: EstimatedCost } {
  return cost !== undefined && headers[costHeader] === "true" ? { cost } : {};
}
