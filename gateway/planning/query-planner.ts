/** The planner: text of an operation in, plan tree out. The native planner works in processes of its own. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { parse, type DocumentNode } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { limitError } from "../limit-error.ts";
import { nameRequirements, withRealFields } from "./named-requirements.ts";
import { withRealNames } from "./planner-names.ts";
import { PlannerPool, PlannerRefusal, type PlannerPoolOptions } from "./planner-pool.ts";
import { plannerSupergraph } from "./planner-supergraph.ts";
import { overrideShares, settleOverrides } from "./progressive-override.ts";

/**
 * Plans one operation; undefined means that nothing has to be fetched. Rejects with OnefoldError PLAN_FAILED, PLAN_TIMEOUT,
 * PLAN_TOO_LARGE, PLANNER_OVERLOADED or PLANNER_UNAVAILABLE, or the error of a limit.
 */
export type PlanOperation = (operation: string) => Promise<PlanNode | undefined>;

/** The planner for some of the requests. */
export interface PlannerVariant {
  /** Plans of one variant are no plans of another; "" if there is one only. */
  readonly key: string;
  readonly plan: PlanOperation;
}

/** Draws the variant for one request: without progressive @override it is always the same. */
export type DrawPlanner = () => PlannerVariant;

export interface QueryPlanner {
  readonly draw: DrawPlanner;
  /** Processes that plan now, by id. */
  readonly pids: () => readonly number[];
  /** Ends the processes; operations that are not planned yet fail. Idempotent. */
  readonly close: () => void;
}

export interface QueryPlannerOptions extends PlannerPoolOptions {
  /** Answers from 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** The planner's own bound on selections and values inside one another, in levels. */
const maxNesting = 50;

/**
 * Opens the planner of one supergraph. Labels of progressive @override that are no share of requests are never active.
 * @throws Error with what the native planner says of a supergraph that it cannot read; OnefoldError PLANNER_UNAVAILABLE
 */
export async function openQueryPlanner(
  supergraphSdl: string,
  options: QueryPlannerOptions = {},
): Promise<QueryPlanner> {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const pool = new PlannerPool(options);
  const opened = { pids: () => pool.pids, close: () => pool.close() };
  try {
    const usual = addVariant(pool, supergraph, 0, "");
    await pool.check("");
    const shares = overrideShares(supergraph);
    if (shares.length === 0) return { ...opened, draw: () => usual };
    return { ...opened, draw: drawByShare(pool, supergraph, shares, options.random ?? Math.random) };
  } catch (error) {
    pool.close();
    throw error;
  }
}

function drawByShare(
  pool: PlannerPool,
  supergraph: DocumentNode,
  shares: readonly number[],
  random: () => number,
): DrawPlanner {
  const variants = new Map<number, PlannerVariant>();
  return () => {
    const roll = random() * 100;
    // All rolls between two shares have the same active labels.
    const floor = shares.findLast((share) => share <= roll) ?? 0;
    let variant = variants.get(floor);
    if (variant === undefined) {
      variant = addVariant(pool, supergraph, floor, `${floor}`);
      variants.set(floor, variant);
    }
    return variant;
  };
}

/** By so many keys a split part of the graph is tried to be reached. */
const maxChoices = 3;

function addVariant(pool: PlannerPool, supergraph: DocumentNode, roll: number, key: string): PlannerVariant {
  const { supergraph: settled, names } = nameRequirements(settleOverrides(supergraph, roll));
  const first = plannerSupergraph(settled);
  pool.add(key, first);
  /** Graphs as the planner may get them, by name: all but the first are made when it first finds no plan. */
  let others: readonly string[] | undefined;
  const addOthers = (): readonly string[] => {
    const choices = Array.from({ length: maxChoices - 1 }, (_, at) => plannerSupergraph(settled, at + 1));
    const distinct = [...new Set(choices)].filter((text) => text !== first);
    return distinct.map((text, at) => {
      pool.add(`${key}/${at}`, text);
      return `${key}/${at}`;
    });
  };
  const planAgain = async (operation: string, refusal: PlannerRefusal): Promise<unknown> => {
    others ??= addOthers();
    for (const graph of others) {
      try {
        return await pool.plan(graph, operation);
      } catch (cause) {
        if (!(cause instanceof PlannerRefusal)) throw cause;
      }
    }
    throw new OnefoldError("PLAN_FAILED", "The operation could not be planned.", { cause: refusal });
  };
  return {
    key,
    plan: async (operation) => {
      const node = (await pool.plan(key, operation).catch((cause: unknown) => {
        if (!(cause instanceof PlannerRefusal)) throw cause;
        if (cause.message.includes("Recursion limit exceeded")) {
          throw limitError(`Selections and values stand more than ${maxNesting} levels inside one another.`);
        }
        return planAgain(operation, cause);
      })) as PlanNode | null;
      return node === null ? undefined : withRealFields(withRealNames(node), names);
    },
  };
}
