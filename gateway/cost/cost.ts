/** Costs: numbers where they are known before variables are, functions of variables where not. */
import type { JsonObject } from "../execution/execution-state.ts";

export type Cost = number | ((variables: JsonObject) => number);

export function sumCosts(costs: readonly Cost[]): Cost {
  let known = 0;
  const open: Exclude<Cost, number>[] = [];
  for (const cost of costs) {
    if (typeof cost === "number") known += cost;
    else open.push(cost);
  }
  if (open.length === 0) return known;
  return (variables) => open.reduce((sum, cost) => sum + cost(variables), known);
}

/** The size is evaluated even of what costs nothing: it may be refused. */
export function multiplyCosts(size: Cost, cost: Cost): Cost {
  if (size === 0 || (cost === 0 && typeof size === "number")) return 0;
  if (typeof size === "number" && typeof cost === "number") return size * cost;
  return (variables) => {
    const times = evaluateCost(size, variables);
    return times === 0 ? 0 : times * evaluateCost(cost, variables);
  };
}

/** The largest, at least 0. */
export function largestCost(costs: readonly Cost[]): Cost {
  if (costs.every((cost) => typeof cost === "number")) return costs.reduce((most, cost) => Math.max(most, cost), 0);
  return (variables) => costs.reduce<number>((most, cost) => Math.max(most, evaluateCost(cost, variables)), 0);
}

export function evaluateCost(cost: Cost, variables: JsonObject): number {
  return typeof cost === "number" ? cost : cost(variables);
}
