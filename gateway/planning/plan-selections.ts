/** Resolved selections in, plans out: one for a query or subscription, one a root field for a mutation that needs order. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { Kind, OperationTypeNode, type SelectionNode } from "graphql";
import { planDocument, type PlanDocumentSource } from "./plan-document.ts";
import type { PlanOperation } from "./query-planner.ts";
import { clientKey } from "./response-key.ts";

/**
 * Plans that run one after the other. The planner lets the rest of one mutation field run beside the next field; the
 * specification does not, so each root field is planned alone, unless one request to one subgraph does it all.
 * @see https://spec.graphql.org/October2021/#sec-Mutation
 */
export async function planSelections(
  source: PlanDocumentSource,
  selections: readonly SelectionNode[],
  plan: PlanOperation,
): Promise<readonly PlanNode[]> {
  const whole = await planOne(source, selections, plan);
  if (whole === undefined) return [];
  if (source.operation.operation !== OperationTypeNode.MUTATION || whole.kind === "Fetch") return [whole];
  const plans: PlanNode[] = [];
  // One after the other: an operation has one place among those that wait for the planner.
  for (const field of rootFields(selections)) {
    const node = await planOne(source, field, plan);
    if (node !== undefined) plans.push(node);
  }
  return plans;
}

async function planOne(
  source: PlanDocumentSource,
  selections: readonly SelectionNode[],
  plan: PlanOperation,
): Promise<PlanNode | undefined> {
  const document = planDocument(source, selections);
  return document === undefined ? undefined : plan(document);
}

/** Root selections by response key, in order of first appearance; fragments on a root type always apply. */
export function rootFields(selections: readonly SelectionNode[]): SelectionNode[][] {
  const byKey = new Map<string, SelectionNode[]>();
  const collect = (nodes: readonly SelectionNode[]) => {
    for (const node of nodes) {
      if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet.selections);
      if (node.kind !== Kind.FIELD) continue;
      const same = byKey.get(clientKey(node));
      if (same === undefined) byKey.set(clientKey(node), [node]);
      else same.push(node);
    }
  };
  collect(selections);
  return [...byKey.values()];
}
