/** Plans of deferred fragments: each begins at entities whose keys the answer before has, or at the root. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { Kind, type FieldNode, type SelectionNode } from "graphql";
import type { DeferredFragment, DeferredOperation } from "./deferred-fragments.ts";
import { planRemainders, type PlannedRemainders, type RemainderPlanSource } from "./plan-remainders.ts";
import { selectAt, selectionRemainder, type Remainder } from "./selection-remainder.ts";

export interface DeferredPlan {
  readonly fragment: DeferredFragment;
  /** Undefined: nothing has to be fetched. */
  readonly node: PlanNode | undefined;
}

export interface PlannedOperation {
  readonly deferred: readonly DeferredPlan[];
  /** What the operation without deferred fragments must ask for: its own selections, and what those need. */
  readonly selections: readonly SelectionNode[];
}

/** What cannot be planned from entities or from the root is asked for with what comes before. */
export async function planDeferred(
  source: RemainderPlanSource,
  operation: DeferredOperation,
): Promise<PlannedOperation> {
  const needs = new Map<DeferredFragment | undefined, SelectionNode[]>();
  const deferred: DeferredPlan[] = [];
  // Children first: their parents must ask for what they need.
  for (const fragment of [...operation.fragments].reverse()) {
    const planned = await planFragment(source, operation, { fragment, needed: needs.get(fragment) ?? [] });
    deferred.unshift({ fragment, node: planned.node });
    const known = needs.get(fragment.parent) ?? [];
    needs.set(fragment.parent, [...known, ...planned.needs]);
  }
  return { deferred, selections: [...operation.with(new Set()), ...(needs.get(undefined) ?? [])] };
}

async function planFragment(
  source: RemainderPlanSource,
  operation: DeferredOperation,
  { fragment, needed }: { readonly fragment: DeferredFragment; readonly needed: readonly SelectionNode[] },
): Promise<PlannedRemainders> {
  const root = source.schema.getRootType(source.operation.operation);
  if (root == null) return { node: undefined, needs: [] };
  const ancestors = new Set<DeferredFragment>();
  for (let one = fragment.parent; one !== undefined; one = one.parent) ancestors.add(one);
  const available = operation.with(ancestors);
  const wanted = [...operation.with(new Set([...ancestors, fragment])), ...needed];
  const remainders = selectionRemainder(source, root, { available, wanted });
  const typenames = typenamesAlong(fragment);
  try {
    const planned = await planRemainders(source, root, remainders);
    return { node: planned.node, needs: [...typenames, ...planned.needs] };
  } catch {
    // The planner found no way from where the fragment begins. With the whole before it, there may be one.
    return { node: undefined, needs: [...typenames, ...remainders.flatMap(whole)] };
  }
}

function whole({ steps, selections }: Remainder): readonly SelectionNode[] {
  return selectAt(steps, selections);
}

/** Objects must say what they are wherever the way to the fragment goes by that. */
function typenamesAlong({ steps }: DeferredFragment): SelectionNode[] {
  const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
  return steps.flatMap((step, index) => (step.kind === "type" ? selectAt(steps.slice(0, index), [typename]) : []));
}
