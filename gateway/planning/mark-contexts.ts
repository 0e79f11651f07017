/** Plans of fields with @fromContext: their fetches get the arguments, as variables, and where their values are read. */
import type { FlattenNodePathSegment, PlanNode } from "@graphql-hive/router-query-planner";
import {
  Kind,
  parseType,
  print,
  type ArgumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type VariableDefinitionNode,
} from "graphql";
import type { ContextFields, ContextSource } from "./context-fields.ts";
import type { ContextArgument, ContextRules } from "./context-rules.ts";
import { parseInlined } from "./inline-fragments.ts";
import { setOf } from "./resolve-selections.ts";

/** A variable of a fetch whose values come from objects around the entities. */
export interface ContextVariable {
  readonly name: string;
  /** `C.f(c:)` */
  readonly argument: string;
  readonly isRequired: boolean;
  /** Keys of the fields that take it. */
  readonly keys: readonly string[];
  /** For each path of the entities, nearest first. */
  readonly sources: readonly (readonly ContextSource[])[];
}

/** What a fetch, or an alias of a batch, may have beside what the planner gave it. */
export interface WithContexts {
  readonly contexts?: readonly ContextVariable[];
}

interface Found {
  readonly rules: ContextRules;
  readonly fields: ContextFields;
}

export function markContexts(plan: PlanNode, found: Found): PlanNode {
  return mark(plan, [], found);
}

function mark(node: PlanNode, path: readonly FlattenNodePathSegment[], found: Found): PlanNode {
  switch (node.kind) {
    case "Sequence":
    case "Parallel":
      return { ...node, nodes: node.nodes.map((child) => mark(child, path, found)) };
    case "Flatten":
      return { ...node, node: mark(node.node, [...path, ...node.path], found) };
    case "Fetch": {
      const writer = new ContextWriter(node.serviceName, parseInlined(node.operation), found);
      const contexts = writer.write("_entities", [path]);
      const marked: typeof node & WithContexts = { ...node, contexts };
      return contexts.length === 0 ? node : { ...marked, operation: writer.text };
    }
    case "BatchFetch": {
      const writer = new ContextWriter(node.serviceName, parseInlined(node.operation), found);
      const aliases = node.entityBatch.aliases.map((one) => {
        const contexts = writer.write(one.alias, one.paths);
        return contexts.length === 0 ? one : { ...one, contexts };
      });
      return writer.isChanged
        ? { ...node, operation: writer.text, entityBatch: { ...node.entityBatch, aliases } }
        : node;
    }
    case "Condition":
    case "Subscription":
    case "Defer":
      throw new Error(`A plan of fields with @fromContext has a ${node.kind}.`);
  }
}

class ContextWriter {
  readonly #subgraph: string;
  readonly #found: Found;
  #operation: OperationDefinitionNode;
  /** No variable of the operation begins so. */
  readonly #prefix: string;
  #count = 0;

  constructor(subgraph: string, operation: OperationDefinitionNode, found: Found) {
    this.#subgraph = subgraph;
    this.#operation = operation;
    this.#found = found;
    let prefix = "context";
    const isTaken = (): boolean =>
      (operation.variableDefinitions ?? []).some(({ variable }) => variable.name.value.startsWith(prefix));
    while (isTaken()) prefix = `_${prefix}`;
    this.#prefix = prefix;
  }

  get isChanged(): boolean {
    return this.#count > 0;
  }

  get text(): string {
    return print(this.#operation);
  }

  /** Gives the fields of entities their arguments. */
  write(alias: string, paths: readonly (readonly FlattenNodePathSegment[])[]): ContextVariable[] {
    const variables = new Map<string, { -readonly [K in keyof ContextVariable]: ContextVariable[K] }>();
    const definitions: VariableDefinitionNode[] = [];
    const variableFor = (coordinate: string, argument: ContextArgument, key: string): string => {
      const name = `${coordinate}(${argument.name}:)`;
      const known = variables.get(name);
      if (known !== undefined) {
        known.keys = [...known.keys, key];
        return known.name;
      }
      const sources = paths.map((path) => this.#found.fields.sourcesOf(keysOf(path), argument));
      const variable = `${this.#prefix}_${this.#count++}`;
      const isRequired = argument.type.endsWith("!");
      variables.set(name, { name: variable, argument: name, isRequired, keys: [key], sources });
      definitions.push({
        kind: Kind.VARIABLE_DEFINITION,
        variable: variableNode(variable),
        type: parseType(argument.type, { noLocation: true }),
      });
      return variable;
    };
    const withArguments = (typename: string | undefined, node: FieldNode): FieldNode => {
      if (typename === undefined) return node;
      const taken = this.#found.rules.argumentsOf(this.#subgraph, typename, node.name.value);
      const added = taken.map((argument): ArgumentNode => {
        const key = node.alias?.value ?? node.name.value;
        const variable = variableFor(`${typename}.${node.name.value}`, argument, key);
        return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: argument.name }, value: variableNode(variable) };
      });
      return added.length === 0 ? node : { ...node, arguments: [...(node.arguments ?? []), ...added] };
    };
    const rewrite = (nodes: readonly SelectionNode[], typename: string | undefined): SelectionNode[] =>
      nodes.map((node) => {
        if (node.kind === Kind.FIELD) return withArguments(typename, node);
        if (node.kind !== Kind.INLINE_FRAGMENT) return node;
        const inner = node.typeCondition?.name.value ?? typename;
        return { ...node, selectionSet: setOf(rewrite(node.selectionSet.selections, inner)) };
      });
    const roots = this.#operation.selectionSet.selections.map((node) => {
      if (node.kind !== Kind.FIELD || (node.alias ?? node.name).value !== alias || node.selectionSet === undefined)
        return node;
      return { ...node, selectionSet: setOf(rewrite(node.selectionSet.selections, undefined)) };
    });
    const variableDefinitions = [...(this.#operation.variableDefinitions ?? []), ...definitions];
    this.#operation = { ...this.#operation, variableDefinitions, selectionSet: setOf(roots) };
    return [...variables.values()];
  }
}

function variableNode(name: string) {
  return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const;
}

function keysOf(path: readonly FlattenNodePathSegment[]): string[] {
  return path.flatMap((segment) => (segment !== "@" && "Field" in segment ? [segment.Field] : []));
}
