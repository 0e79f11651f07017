/** The planner: text of an operation in, plan tree out. The native planner works off the event loop. */
import { QueryPlanner, type PlanNode } from "@graphql-hive/router-query-planner";
import { OnefoldError } from "../../schema/errors.ts";
import { limitError } from "../limit-error.ts";

/** Plans one operation; undefined means that nothing has to be fetched. */
export type PlanOperation = (operation: string) => Promise<PlanNode | undefined>;

/** No progressive @override labels are active until they can be configured. */
const activeLabels: ReadonlySet<string> = new Set();
const overridePercentage = 0;

/** The planner's own bound on selections and values inside one another, in levels. */
const maxNesting = 50;

/**
 * Opens the planner of one supergraph.
 * @throws OnefoldError PLAN_FAILED, or the error of a limit, from the function it returns
 */
export function createQueryPlanner(supergraphSdl: string): PlanOperation {
  const planner = new QueryPlanner(supergraphSdl);
  return async (operation) => {
    try {
      return (await planner.planAsync(operation, null, new Set(activeLabels), overridePercentage)).node;
    } catch (cause) {
      if (String(cause).includes("Recursion limit exceeded")) {
        throw limitError(`Selections and values stand more than ${maxNesting} levels inside one another.`);
      }
      throw new OnefoldError("PLAN_FAILED", "The operation could not be planned.", { cause });
    }
  };
}
