/** The planner: text of an operation in, plan tree out. The native planner works off the event loop. */
import { QueryPlanner, type PlanNode } from "@graphql-hive/router-query-planner";
import { parse, type DocumentNode } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { limitError } from "../limit-error.ts";
import { withRealNames } from "./planner-names.ts";
import { plannerSupergraph } from "./planner-supergraph.ts";
import { overrideShares, settleOverrides } from "./progressive-override.ts";

/** Plans one operation; undefined means that nothing has to be fetched. Rejects with OnefoldError PLAN_FAILED, or the error of a limit. */
export type PlanOperation = (operation: string) => Promise<PlanNode | undefined>;

/** The planner for some of the requests. */
export interface PlannerVariant {
  /** Plans of one variant are no plans of another; "" if there is one only. */
  readonly key: string;
  readonly plan: PlanOperation;
}

/** Draws the variant for one request: without progressive @override it is always the same. */
export type DrawPlanner = () => PlannerVariant;

/** The planner's own bound on selections and values inside one another, in levels. */
const maxNesting = 50;

/**
 * Opens the planner of one supergraph. Labels of progressive @override that are no share of requests are never active.
 * @param random answers from 0 up to 1
 * @throws what the native planner says of a supergraph that it cannot read
 */
export function createQueryPlanner(supergraphSdl: string, random: () => number = Math.random): DrawPlanner {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const shares = overrideShares(supergraph);
  const usual = openVariant(supergraph, 0, "");
  if (shares.length === 0) return () => usual;
  const variants = new Map<number, PlannerVariant>();
  return () => {
    const roll = random() * 100;
    // All rolls between two shares have the same active labels.
    const floor = shares.findLast((share) => share <= roll) ?? 0;
    let variant = variants.get(floor);
    if (variant === undefined) {
      variant = openVariant(supergraph, floor, `${floor}`);
      variants.set(floor, variant);
    }
    return variant;
  };
}

function openVariant(supergraph: DocumentNode, roll: number, key: string): PlannerVariant {
  const planner = new QueryPlanner(plannerSupergraph(settleOverrides(supergraph, roll)));
  return {
    key,
    plan: async (operation) => {
      try {
        const { node } = await planner.planAsync(operation, null, new Set(), 0);
        return node && withRealNames(node);
      } catch (cause) {
        if (String(cause).includes("Recursion limit exceeded")) {
          throw limitError(`Selections and values stand more than ${maxNesting} levels inside one another.`);
        }
        throw new OnefoldError("PLAN_FAILED", "The operation could not be planned.", { cause });
      }
    },
  };
}
