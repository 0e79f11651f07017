/** What subgraphs are called for the planner, and back: some of what it does goes by their names. */
import type { PlanNode } from "@graphql-hive/router-query-planner";
import {
  Kind,
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type EnumValueDefinitionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { rowsOf } from "./graph-reach.ts";

/** Marks the part of a subgraph that is planned as another one; what follows tells parts apart. No subgraph's name has it. */
export const partSuffix = "#requires";

/** Sorts behind all names. No subgraph's name begins with it. */
const lastPrefix = "~";

/**
 * Has subgraphs with interface objects come last: the planner (0.0.38) takes them in the order of names, and finds no way
 * from an interface object to the types behind it unless the subgraph that has those came before.
 */
export function interfaceObjectsLast(supergraph: DocumentNode): DocumentNode {
  const last = new Set(
    supergraph.definitions.flatMap((one) => (one.kind === Kind.INTERFACE_TYPE_DEFINITION ? interfaceObjects(one) : [])),
  );
  if (last.size === 0) return supergraph;
  const rename = (graph: EnumValueDefinitionNode) =>
    last.has(graph.name.value) ? renameGraph(graph, (name) => lastPrefix + name) : graph;
  const definitions = supergraph.definitions.map((definition) =>
    isGraphs(definition) ? { ...definition, values: (definition.values ?? []).map(rename) } : definition,
  );
  return { ...supergraph, definitions };
}

export function isGraphs(definition: DocumentNode["definitions"][number]): definition is EnumTypeDefinitionNode {
  return definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph";
}

/** A value of `join__Graph` whose subgraph has another name. */
export function renameGraph(graph: EnumValueDefinitionNode, rename: (name: string) => string): EnumValueDefinitionNode {
  const directives = (graph.directives ?? []).map((directive) => ({
    ...directive,
    arguments: (directive.arguments ?? []).map((argument) =>
      argument.name.value === "name" && argument.value.kind === Kind.STRING
        ? { ...argument, value: { ...argument.value, value: rename(argument.value.value) } }
        : argument,
    ),
  }));
  return { ...graph, directives };
}

/** Gives a plan's fetches the names of real subgraphs, in place. */
export function withRealNames(node: PlanNode): PlanNode {
  if (node.kind === "Sequence" || node.kind === "Parallel") node.nodes.forEach(withRealNames);
  if (node.kind === "Flatten") withRealNames(node.node);
  if (node.kind === "Condition") {
    for (const clause of [node.ifClause, node.elseClause]) if (clause != null) withRealNames(clause);
  }
  const fetch = node.kind === "Subscription" ? node.primary : node;
  if ("serviceName" in fetch) fetch.serviceName = realName(fetch.serviceName);
  return node;
}

function realName(name: string): string {
  const start = name.startsWith(lastPrefix) ? lastPrefix.length : 0;
  const end = name.indexOf(partSuffix);
  return name.slice(start, end === -1 ? undefined : end);
}

function interfaceObjects(type: { readonly directives?: readonly ConstDirectiveNode[] | undefined }): string[] {
  return rowsOf(type, "join__type")
    .filter((row) => directiveText(row, "isInterfaceObject") === "true")
    .flatMap((row) => directiveText(row, "graph") ?? []);
}
