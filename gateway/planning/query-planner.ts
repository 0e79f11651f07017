/** The planner: text of an operation in, plan tree out. The native planner works off the event loop. */
import { QueryPlanner, type PlanNode } from "@graphql-hive/router-query-planner";
import { OnefoldError } from "../../schema/errors.ts";
import { plannerSupergraph } from "./planner-supergraph.ts";

/** Plans one operation; undefined means that nothing has to be fetched. */
export type PlanOperation = (operation: string) => Promise<PlanNode | undefined>;

/** No progressive @override labels are active until they can be configured. */
const activeLabels: ReadonlySet<string> = new Set();
const overridePercentage = 0;

/**
 * Opens the planner of one supergraph.
 * @throws OnefoldError PLAN_FAILED from the function it returns
 */
export function createQueryPlanner(supergraphSdl: string): PlanOperation {
  const planner = new QueryPlanner(plannerSupergraph(supergraphSdl));
  return async (operation) => {
    try {
      return (await planner.planAsync(operation, null, new Set(activeLabels), overridePercentage)).node;
    } catch (cause) {
      throw new OnefoldError("PLAN_FAILED", "The operation could not be planned.", { cause });
    }
  };
}
