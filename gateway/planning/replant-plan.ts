/** A plan that begins at imagined root fields is moved to the places that these stand for. */
import type { FlattenNodePathSegment, PlanNode } from "@graphql-hive/router-query-planner";
import { Kind, parse, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from "graphql";
import { deferSubgraph } from "./defer-supergraph.ts";
import type { PlaceStep } from "./deferred-fragments.ts";
import { setOf } from "./resolve-selections.ts";
import { selectAt } from "./selection-remainder.ts";

/** What an imagined root field stands for. */
export interface Anchor {
  readonly steps: readonly PlaceStep[];
  readonly field: string;
}

export interface Replanted {
  /** Undefined: nothing has to be fetched. */
  readonly node: PlanNode | undefined;
  /** What the plan takes from the places where it begins, from the root. */
  readonly needs: readonly SelectionNode[];
}

/**
 * @param anchors by the alias of their root field
 * @throws Error where the plan takes a key by another name than its own
 */
export function replantPlan(plan: PlanNode | undefined, anchors: ReadonlyMap<string, Anchor>): Replanted {
  const needs: SelectionNode[] = [];
  const move = (path: readonly FlattenNodePathSegment[]): FlattenNodePathSegment[] => {
    const [first, ...rest] = path;
    const anchor = first !== undefined && first !== "@" && "Field" in first ? anchors.get(first.Field) : undefined;
    return anchor === undefined ? [...path] : [...segmentsOf(anchor.steps), ...rest];
  };
  const replantAll = (nodes: readonly PlanNode[]): PlanNode[] => nodes.flatMap((node) => replant(node) ?? []);
  const replant = (node: PlanNode): PlanNode | undefined => {
    switch (node.kind) {
      case "Fetch": {
        if (node.serviceName !== deferSubgraph) return node;
        if ((node.outputRewrites?.length ?? 0) > 0) throw new Error("A key is taken by another name.");
        needs.push(...neededBy(node.operation, anchors));
        return undefined;
      }
      case "BatchFetch": {
        const aliases = node.entityBatch.aliases.map((alias) => ({ ...alias, paths: alias.paths.map(move) }));
        return { ...node, entityBatch: { ...node.entityBatch, aliases } };
      }
      case "Flatten":
        return { ...node, path: move(node.path) };
      case "Sequence":
      case "Parallel": {
        const nodes = replantAll(node.nodes);
        return nodes.length === 0 ? undefined : { ...node, nodes };
      }
      case "Condition":
      case "Subscription":
      case "Defer":
        throw new Error(`A plan of a deferred part has a ${node.kind}.`);
    }
  };
  const node = plan && replant(plan);
  return { node, needs };
}

function segmentsOf(steps: readonly PlaceStep[]): FlattenNodePathSegment[] {
  return steps.flatMap((step): FlattenNodePathSegment[] => {
    if (step.kind === "type") return [{ TypeCondition: [step.name] }];
    return step.isList ? [{ Field: step.key }, "@"] : [{ Field: step.key }];
  });
}

function neededBy(operation: string, anchors: ReadonlyMap<string, Anchor>): SelectionNode[] {
  const { definitions } = parse(operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const inline = (set: SelectionSetNode): SelectionNode[] =>
    set.selections.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value);
        return fragment === undefined ? [] : inline(fragment.selectionSet);
      }
      if (node.kind === Kind.FIELD && node.alias !== undefined && !anchors.has(node.alias.value)) {
        throw new Error("A key is taken by another name.");
      }
      return [node.selectionSet === undefined ? node : { ...node, selectionSet: setOf(inline(node.selectionSet)) }];
    });
  return definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    return inline(definition.selectionSet).flatMap((node) => {
      if (node.kind !== Kind.FIELD) return [];
      const anchor = anchors.get(node.alias?.value ?? "");
      if (anchor === undefined || node.selectionSet === undefined) return [];
      return selectAt(anchor.steps, node.selectionSet.selections);
    });
  });
}
