/** A query plan as text for people: what is asked of which subgraph, in which order, for which entities. */
import type {
  BatchFetchNode,
  FetchNode,
  FlattenNodePathSegment,
  PlanNode,
  RequiresSelection,
} from "@graphql-hive/router-query-planner";
import { parse, print } from "graphql";

/** One plan a line block; the plans of a mutation's fields run one after the other. */
export function printPlans(plans: readonly PlanNode[]): string {
  if (plans.length === 0) return "Nothing is asked of any subgraph.\n";
  const root: readonly string[] =
    plans.length === 1 ? plans.flatMap(printNode) : block("Sequence", plans.flatMap(printNode));
  return `${root.join("\n")}\n`;
}

function printNode(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case "Fetch":
      return printFetch(node, []);
    case "BatchFetch":
      return printBatch(node);
    case "Flatten":
      return printFlatten(node.path, node.node);
    case "Sequence":
    case "Parallel":
      return block(node.kind, node.nodes.flatMap(printNode));
    case "Condition":
      return [
        ...(node.ifClause === undefined ? [] : block(`If $${node.condition}`, printNode(node.ifClause))),
        ...(node.elseClause === undefined ? [] : block(`Unless $${node.condition}`, printNode(node.elseClause))),
      ];
    case "Subscription":
      return block("Subscription", printFetch(node.primary, []));
    case "Defer":
      return block(
        "Defer",
        [node.primary, ...node.deferred].flatMap(({ node: part }) => (part === undefined ? [] : printNode(part))),
      );
  }
}

function printFlatten(path: readonly FlattenNodePathSegment[], node: PlanNode): readonly string[] {
  if (node.kind !== "Fetch") return block(`At ${printPath(path)}`, printNode(node));
  return printFetch(node, [`for ${printPath(path)}: ${printRequires(node.requires ?? [])}`]);
}

function printBatch(node: BatchFetchNode): readonly string[] {
  const entities = node.entityBatch.aliases.map(
    ({ paths, requires }) => `for ${paths.map(printPath).join(", ")}: ${printRequires(requires)}`,
  );
  return printFetch(node, entities);
}

function printFetch(
  { serviceName, operation }: Pick<FetchNode, "serviceName" | "operation">,
  entities: readonly string[],
) {
  return block(`Fetch from ${serviceName}`, [
    ...entities,
    ...print(parse(operation, { noLocation: true })).split("\n"),
  ]);
}

/** `users.@.reviews` */
function printPath(path: readonly FlattenNodePathSegment[]): string {
  const segments = path.map((segment) => {
    if (segment === "@") return "@";
    return "Field" in segment ? segment.Field : `|${segment.TypeCondition.join("|")}`;
  });
  return segments.join(".");
}

function printRequires(selections: readonly RequiresSelection[]): string {
  const printed = selections.map((selection) => {
    switch (selection.kind) {
      case "Field": {
        const name = selection.alias === undefined ? selection.name : `${selection.alias}: ${selection.name}`;
        const inner = selection.selections ?? [];
        return inner.length === 0 ? name : `${name} ${printRequires(inner)}`;
      }
      case "InlineFragment":
        return `... on ${selection.typeCondition} ${printRequires(selection.selections)}`;
      case "FragmentSpread":
        return `...${selection.value}`;
    }
  });
  return `{ ${printed.join(" ")} }`;
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return [`${title} {`, ...lines.map((line) => (line === "" ? line : `  ${line}`)), "}"];
}
