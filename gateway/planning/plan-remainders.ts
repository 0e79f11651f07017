/** Plans of what is missing at places: each begins at entities whose keys are known by then, or at the root. */
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
import type { PlaceStep } from "./deferred-fragments.ts";
import { planSelectionsOf } from "./plan-document.ts";
import { replantPlan, type Anchor } from "./replant-plan.ts";
import { setOf } from "./resolve-selections.ts";
import { selectAt, type Remainder, type RemainderSource } from "./selection-remainder.ts";

export interface RemainderPlanSource extends RemainderSource {
  readonly operation: OperationDefinitionNode;
  readonly planner: DeferPlanner;
}

export interface PlannedRemainders {
  /** Undefined: nothing has to be fetched. */
  readonly node: PlanNode | undefined;
  /** What must be there before, from the root. */
  readonly needs: readonly SelectionNode[];
}

/** An abstract place with more types than this is not planned type by type. */
const maxTypes = 12;

/**
 * What stands on no entity is needed whole.
 * @throws where the planner finds no way from where a remainder begins
 */
export async function planRemainders(
  source: RemainderPlanSource,
  root: GraphQLCompositeType,
  remainders: readonly Remainder[],
): Promise<PlannedRemainders> {
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
export function rootsOf(
  { steps, type, objects }: Pick<Remainder, "steps" | "type" | "objects">,
  planner: DeferPlanner,
): Root[] | undefined {
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
