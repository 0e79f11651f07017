/** The planner of deferred parts: its process starts when the first of them is planned. */
import { OnefoldError } from "../../schema/errors.ts";
import { deferSupergraph, type DeferSupergraph } from "./defer-supergraph.ts";
import type { PlanOperation, QueryPlanner } from "./query-planner.ts";

export interface DeferPlanner extends Pick<QueryPlanner, "pids" | "close"> {
  /** The root field at which a plan begins that starts from an entity; undefined for types that no subgraph finds by a key. */
  rootOf(typename: string): string | undefined;
  readonly plan: PlanOperation;
}

/** @param open opens a planner of another supergraph */
export function createDeferPlanner(supergraphSdl: string, open: (sdl: string) => Promise<QueryPlanner>): DeferPlanner {
  let supergraph: DeferSupergraph | undefined;
  let opening: Promise<QueryPlanner> | undefined;
  let opened: QueryPlanner | undefined;
  let isClosed = false;
  const known = (): DeferSupergraph => (supergraph ??= deferSupergraph(supergraphSdl));
  const start = async (): Promise<QueryPlanner> => {
    if (isClosed) throw new OnefoldError("PLANNER_UNAVAILABLE", "The planner of deferred parts is closed.");
    const planner = await open(known().sdl);
    opened = planner;
    if (isClosed) planner.close();
    return planner;
  };
  return {
    rootOf: (typename) => known().rootOf(typename),
    async plan(operation) {
      opening ??= start();
      const planner = await opening.catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
      return planner.draw().plan(operation);
    },
    pids: () => opened?.pids() ?? [],
    close() {
      isClosed = true;
      opened?.close();
    },
  };
}
