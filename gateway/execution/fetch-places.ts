/** Where in the answer each fetch of a plan writes; with it the compiler knows whose results must be copied. */
import type { FlattenNodePathSegment, PlanNode } from "@graphql-hive/router-query-planner";

export interface FetchPlace {
  /** What fetches: a plan node, or one alias of a batch. */
  readonly node: object;
  /** Field names from the root of the answer; empty for a root fetch. */
  readonly fields: readonly string[];
}

export function fetchPlaces(node: PlanNode, prefix: readonly string[] = []): FetchPlace[] {
  switch (node.kind) {
    case "Fetch":
      return [{ node, fields: prefix }];
    case "Subscription":
      return [{ node: node.primary, fields: prefix }];
    case "BatchFetch":
      return node.entityBatch.aliases.flatMap((alias) =>
        alias.paths.map((path) => ({ node: alias, fields: [...prefix, ...fieldNames(path)] })),
      );
    case "Flatten":
      return fetchPlaces(node.node, [...prefix, ...fieldNames(node.path)]);
    case "Sequence":
    case "Parallel":
      return node.nodes.flatMap((child) => fetchPlaces(child, prefix));
    case "Condition":
      return [node.ifClause, node.elseClause].flatMap((clause) => (clause ? fetchPlaces(clause, prefix) : []));
    case "Defer":
      return [];
  }
}

function fieldNames(path: readonly FlattenNodePathSegment[]): string[] {
  return path.flatMap((segment) => (segment !== "@" && "Field" in segment ? [segment.Field] : []));
}
