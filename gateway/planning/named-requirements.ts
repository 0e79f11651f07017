/**
 * Requirements with arguments under names of their own, for the planner only. What is required then is a plain field, which can be
 * part of a key (see requires-as-keys.ts): the planner (0.0.38) finds no plan where it has arguments and a third subgraph is needed.
 */
import type { PlanNode, RequiresSelection } from "@graphql-hive/router-query-planner";
import {
  Kind,
  parse,
  print,
  visit,
  type ArgumentNode,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type ObjectTypeDefinitionNode,
  type SelectionNode,
} from "graphql";
import { directiveText } from "./directive-text.ts";
import { rowsOf } from "./graph-reach.ts";
import { readFieldSet } from "./known-keys.ts";
import { leadsThroughThird } from "./requires-as-keys.ts";
import { fieldRow } from "./split-requires.ts";

/** Fields of the planner's supergraph that stand for a field with arguments, by name. */
export type NamedFields = ReadonlyMap<string, { readonly field: string; readonly arguments: readonly ArgumentNode[] }>;

/** No key of the client or of the planner begins so. */
const prefix = "_required_";

/** Whether a key is one of these names: without it, the field under its own name has other arguments. */
export function isNamedRequirement(key: string): boolean {
  return key.startsWith(prefix);
}

export interface NamedRequirements {
  readonly supergraph: DocumentNode;
  readonly names: NamedFields;
}

export function nameRequirements(supergraph: DocumentNode): NamedRequirements {
  const namer = new Namer();
  const definitions = supergraph.definitions.map((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? namer.rewrite(definition) : definition,
  );
  return { supergraph: namer.names.size === 0 ? supergraph : { ...supergraph, definitions }, names: namer.names };
}

/** Asks subgraphs for the real fields, under the planner's names, and has representations say what they are. */
export function withRealFields(node: PlanNode, names: NamedFields): PlanNode {
  if (names.size === 0) return node;
  switch (node.kind) {
    case "Sequence":
    case "Parallel":
      return { ...node, nodes: node.nodes.map((child) => withRealFields(child, names)) };
    case "Flatten":
      return { ...node, node: withRealFields(node.node, names) };
    case "Fetch": {
      const requires = node.requires?.map((one) => realRequires(one, names));
      return { ...node, operation: realOperation(node.operation, names), ...(requires !== undefined && { requires }) };
    }
    case "BatchFetch": {
      const aliases = node.entityBatch.aliases.map((alias) => ({
        ...alias,
        requires: alias.requires.map((one) => realRequires(one, names)),
      }));
      return {
        ...node,
        operation: realOperation(node.operation, names),
        entityBatch: { ...node.entityBatch, aliases },
      };
    }
    case "Condition": {
      const { ifClause, elseClause } = node;
      return {
        ...node,
        ...(ifClause != null && { ifClause: withRealFields(ifClause, names) }),
        ...(elseClause != null && { elseClause: withRealFields(elseClause, names) }),
      };
    }
    case "Subscription":
      return { ...node, primary: { ...node.primary, operation: realOperation(node.primary.operation, names) } };
    case "Defer":
      return node;
  }
}

function realOperation(operation: string, names: NamedFields): string {
  if (![...names.keys()].some((name) => operation.includes(name))) return operation;
  return print(
    visit(parse(operation, { noLocation: true }), {
      Field: (node): FieldNode | undefined => {
        const real = names.get(node.name.value);
        if (real === undefined) return undefined;
        const name = { ...node.name, value: real.field };
        return { ...node, alias: node.alias ?? node.name, name, arguments: real.arguments };
      },
    }),
  );
}

function realRequires(selection: RequiresSelection, names: NamedFields): RequiresSelection {
  if (selection.kind === "FragmentSpread") return selection;
  const selections = selection.selections?.map((one) => realRequires(one, names));
  if (selection.kind === "InlineFragment") return { ...selection, selections: selections ?? [] };
  const real = names.get(selection.name);
  return {
    ...selection,
    ...(selections !== undefined && { selections }),
    ...(real !== undefined && { alias: real.field }),
  };
}

class Namer {
  readonly names = new Map<string, { readonly field: string; readonly arguments: readonly ArgumentNode[] }>();

  rewrite(type: ObjectTypeDefinitionNode): ObjectTypeDefinitionNode {
    const added = new Map<string, FieldDefinitionNode>();
    const fields = (type.fields ?? []).map((field) => ({
      ...field,
      directives: (field.directives ?? []).map((row) => this.#rewriteRow(row, type, added)),
    }));
    return added.size === 0 ? type : { ...type, fields: [...fields, ...added.values()] };
  }

  #rewriteRow(
    row: ConstDirectiveNode,
    type: ObjectTypeDefinitionNode,
    added: Map<string, FieldDefinitionNode>,
  ): ConstDirectiveNode {
    const requires = row.name.value === "join__field" ? directiveText(row, "requires") : undefined;
    const graph = directiveText(row, "graph");
    if (requires?.includes("(") !== true || graph === undefined) return row;
    const { selections } = readFieldSet(requires);
    const plain = selections.map(withoutArguments);
    // Arguments of fields below are left alone.
    if (plain.some((node) => print(node).includes("("))) return row;
    const topFields = selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
    if (!leadsThroughThird(type, graph, topFields.join(" "))) return row;
    const named = selections.map((node) => this.#name(node, { type, graph, added }));
    const text = named.map((node) => print(node)).join(" ");
    const argumentsOfRow = (row.arguments ?? []).map((argument): ConstArgumentNode =>
      argument.name.value === "requires" ? { ...argument, value: { kind: Kind.STRING, value: text } } : argument,
    );
    return { ...row, arguments: argumentsOfRow };
  }

  #name(
    node: SelectionNode,
    {
      type,
      graph,
      added,
    }: {
      readonly type: ObjectTypeDefinitionNode;
      readonly graph: string;
      readonly added: Map<string, FieldDefinitionNode>;
    },
  ): SelectionNode {
    if (node.kind !== Kind.FIELD || (node.arguments ?? []).length === 0) return node;
    const definition = (type.fields ?? []).find((field) => field.name.value === node.name.value);
    if (definition === undefined) return node;
    const name = `${prefix}${this.names.size}_${node.name.value}`;
    this.names.set(name, { field: node.name.value, arguments: node.arguments ?? [] });
    const rows = rowsOf(definition, "join__field").filter((row) => directiveText(row, "external") !== "true");
    const external: ConstDirectiveNode = {
      ...fieldRow(graph),
      arguments: [
        ...(fieldRow(graph).arguments ?? []),
        {
          kind: Kind.ARGUMENT,
          name: { kind: Kind.NAME, value: "external" },
          value: { kind: Kind.BOOLEAN, value: true },
        },
      ],
    };
    added.set(name, {
      ...definition,
      name: { ...definition.name, value: name },
      arguments: [],
      directives: [...rows, external],
    });
    return { ...node, name: { ...node.name, value: name }, arguments: [] };
  }
}

function withoutArguments(node: SelectionNode): SelectionNode {
  return node.kind === Kind.FIELD ? { ...node, arguments: [] } : node;
}
