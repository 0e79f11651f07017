/** Plans of deferred fragments: each begins at entities whose keys the answer before has, or at the root. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import {
  Kind,
  OperationTypeNode,
  print,
  type FieldNode,
  type GraphQLCompositeType,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import type { DeferPlanner } from "./defer-planner.ts";
import type { DeferredFragment, DeferredOperation, PlaceStep } from "./deferred-fragments.ts";
import { planSelectionsOf } from "./plan-document.ts";
import { replantPlan, type Anchor } from "./replant-plan.ts";
import { setOf } from "./resolve-selections.ts";
import { selectAt, selectionRemainder, type Remainder, type RemainderSource } from "./selection-remainder.ts";

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

export interface DeferSource extends RemainderSource {
  readonly operation: OperationDefinitionNode;
  readonly planner: DeferPlanner;
}

/** An abstract place with more types than this is not planned type by type. */
const maxTypes = 12;

/** What cannot be planned from entities or from the root is asked for with what comes before. */
export async function planDeferred(source: DeferSource, operation: DeferredOperation): Promise<PlannedOperation> {
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

interface Planned {
  readonly node: PlanNode | undefined;
  /** From the root. */
  readonly needs: readonly SelectionNode[];
}

async function planFragment(
  source: DeferSource,
  operation: DeferredOperation,
  { fragment, needed }: { readonly fragment: DeferredFragment; readonly needed: readonly SelectionNode[] },
): Promise<Planned> {
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

async function planRemainders(
  source: DeferSource,
  root: GraphQLCompositeType,
  remainders: readonly Remainder[],
): Promise<Planned> {
  const fields: SelectionNode[] = [];
  const anchors = new Map<string, Anchor>();
  const needs: SelectionNode[] = [];
  for (const remainder of remainders) {
    const { known, unknown } = byTypename(remainder);
    if (remainder.steps.length === 0 && source.operation.operation === OperationTypeNode.QUERY) {
      fields.push(...planSelectionsOf(source, root, known));
      continue;
    }
    if (unknown.length > 0) needs.push(...selectAt(remainder.steps, unknown));
    if (known.length === 0) continue;
    const roots = rootsOf(remainder, source.planner);
    if (roots === undefined) needs.push(...selectAt(remainder.steps, known));
    else
      for (const at of roots) {
        const alias = `_defer${anchors.size}`;
        const selections = planSelectionsOf(source, at.type, known);
        if (selections.length === 0) continue;
        anchors.set(alias, { steps: at.steps, field: at.field });
        fields.push(rootField(alias, at.field, selections));
      }
  }
  if (fields.length === 0) return { node: undefined, needs };
  const node = await source.planner.plan(operationText(source.operation, fields));
  const replanted = replantPlan(node, anchors);
  return { node: replanted.node, needs: [...needs, ...replanted.needs] };
}

/** A `__typename` is no reason for a fetch of its own: it comes with the object. */
function byTypename({ selections }: Remainder): {
  readonly known: readonly SelectionNode[];
  readonly unknown: readonly SelectionNode[];
} {
  const isName = (node: SelectionNode) => node.kind === Kind.FIELD && node.name.value === "__typename";
  return { known: selections.filter((node) => !isName(node)), unknown: selections.filter(isName) };
}

interface Root {
  readonly steps: readonly PlaceStep[];
  readonly type: GraphQLCompositeType;
  readonly field: string;
}

/** Where plans for a place begin, one for each type that its objects can be; undefined if that is not possible. */
function rootsOf({ steps, type, objects }: Remainder, planner: DeferPlanner): Root[] | undefined {
  if (objects.length > maxTypes) return undefined;
  const roots: Root[] = [];
  for (const object of objects) {
    const field = planner.rootOf(object.name);
    if (field === undefined) return undefined;
    const narrowing: PlaceStep[] = object === type ? [] : [{ kind: "type", name: object.name }];
    roots.push({ steps: [...steps, ...narrowing], type: object, field });
  }
  return roots;
}

function whole({ steps, selections }: Remainder): readonly SelectionNode[] {
  return selectAt(steps, selections);
}

/** Objects must say what they are wherever the way to the fragment goes by that. */
function typenamesAlong({ steps }: DeferredFragment): SelectionNode[] {
  const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
  return steps.flatMap((step, index) => (step.kind === "type" ? selectAt(steps.slice(0, index), [typename]) : []));
}

function rootField(alias: string, name: string, selections: readonly SelectionNode[]): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: alias },
    name: { kind: Kind.NAME, value: name },
    selectionSet: setOf(selections),
  };
}

function operationText({ variableDefinitions }: OperationDefinitionNode, fields: readonly SelectionNode[]): string {
  return print({
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    selectionSet: setOf(fields),
    ...(variableDefinitions !== undefined && { variableDefinitions }),
  });
}
