/** Resolved selections in, plans out, where fields may take arguments from objects around them: those come after what they need. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import { OperationTypeNode, type GraphQLCompositeType, type SelectionNode } from "graphql";
import { OnefoldError } from "../../schema/errors.ts";
import { findContextFields, type ContextFields } from "./context-fields.ts";
import type { ContextRules } from "./context-rules.ts";
import { markContexts } from "./mark-contexts.ts";
import { planRemainders, rootsOf, type RemainderPlanSource } from "./plan-remainders.ts";
import { planSelections, rootFields } from "./plan-selections.ts";
import type { PlanOperation } from "./query-planner.ts";
import { selectionRemainder, type Remainder } from "./selection-remainder.ts";

export interface OperationPlanSource extends RemainderPlanSource {
  readonly plan: PlanOperation;
  /** Undefined: no field takes arguments from around it. */
  readonly contexts: ContextRules | undefined;
}

export interface PlannedSelections {
  /** They run one after the other. */
  readonly nodes: readonly PlanNode[];
  /** The keys of the places that have fields with arguments from around them. */
  readonly contextPlaces: readonly (readonly string[])[];
}

/** @throws OnefoldError PLAN_FAILED */
export async function planOperation(
  source: OperationPlanSource,
  selections: readonly SelectionNode[],
): Promise<PlannedSelections> {
  const found = findIn(source, selections);
  if (found === undefined) return { nodes: await planSelections(source, selections, source.plan), contextPlaces: [] };
  if (source.operation.operation !== OperationTypeNode.MUTATION) {
    return { nodes: await planPhases(source, found), contextPlaces: found.fields.places };
  }
  // The next field of a mutation begins when all that is below this one has been read.
  const nodes: PlanNode[] = [];
  for (const field of rootFields(selections)) {
    const of = findIn(source, field);
    nodes.push(...(of === undefined ? await planSelections(source, field, source.plan) : await planPhases(source, of)));
  }
  return { nodes, contextPlaces: found.fields.places };
}

/** Whether some field of the operation takes an argument from around it. */
export function hasContextFields(
  source: Pick<OperationPlanSource, "schema" | "types" | "operation" | "contexts">,
  selections: readonly SelectionNode[],
): boolean {
  return findIn(source, selections) !== undefined;
}

interface Found {
  readonly rules: ContextRules;
  readonly root: GraphQLCompositeType;
  readonly fields: ContextFields;
}

function findIn(
  { schema, types, operation, contexts }: Pick<OperationPlanSource, "schema" | "types" | "operation" | "contexts">,
  selections: readonly SelectionNode[],
): Found | undefined {
  const root = schema.getRootType(operation.operation);
  if (contexts === undefined || root == null) return undefined;
  const fields = findContextFields({ schema, types, rules: contexts }, root, selections);
  return fields.phases === 0 ? undefined : { rules: contexts, root, fields };
}

/** First all that stands outside such fields; then these, from the keys of their objects; then those inside them. */
async function planPhases(source: OperationPlanSource, { rules, root, fields }: Found): Promise<PlanNode[]> {
  const later: PlanNode[] = [];
  let needed: readonly SelectionNode[] = [];
  // The last first: what comes before must ask for what it needs.
  for (let phase = fields.phases; phase > 0; phase--) {
    const wanted = [...fields.until(phase), ...needed];
    const remainders = selectionRemainder(source, root, { available: fields.until(phase - 1), wanted });
    for (const remainder of remainders) checkBeginning(source, rules, remainder);
    const planned = await planRemainders(source, root, remainders).catch((cause: unknown) => {
      throw new OnefoldError("PLAN_FAILED", "A field with @fromContext could not be planned.", { cause });
    });
    if (planned.node !== undefined) later.unshift(markContexts(planned.node, { rules, fields }));
    needed = planned.needs;
  }
  return [...(await planSelections(source, [...fields.until(0), ...needed], source.plan)), ...later];
}

/** Such a field is read apart from what is around it, which takes a key of its object. */
function checkBeginning(source: OperationPlanSource, rules: ContextRules, remainder: Remainder): void {
  const { objects, selections } = remainder;
  const field = selections.find(
    (node) => node.kind === "Field" && objects.some(({ name }) => rules.isContextual(name, node.name.value)),
  );
  if (field === undefined || rootsOf(remainder, source.planner) !== undefined) return;
  throw new OnefoldError("PLAN_FAILED", "A field with @fromContext stands on an object without a key.");
}
