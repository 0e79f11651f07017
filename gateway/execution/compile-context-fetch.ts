/** An entity fetch whose fields take arguments from objects around the entities: those with the same values are asked for together. */
import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from "graphql";
import type { ContextVariable } from "../planning/mark-contexts.ts";
import { parseInlined } from "../planning/inline-fragments.ts";
import type { SubgraphAnswer } from "./call-subgraph.ts";
import {
  compileEntityField,
  EntityCall,
  entityPaths,
  hangEntities,
  type CompiledEntityField,
  type EntityBatch,
  type EntityField,
  type EntityFetch,
} from "./compile-entity-fetch.ts";
import type { PlanCompiler } from "./compile-plan.ts";
import { pickVariables } from "./compile-root-fetch.ts";
import { compileContext, objectsAround, type ReadContext } from "./context-values.ts";
import type { ExecutionState, JsonObject, Path, Step } from "./execution-state.ts";
import { addEntityErrors, addError } from "./fetch-errors.ts";
import { renamedKeys } from "./rewrites.ts";

/** Entities with different values are separate fields of one request; so many at most. */
const maxGroups = 50;

/** Entities that are asked for with the same values. */
interface Group {
  /** By variable, as JSON. */
  readonly values: readonly string[];
  /** As JSON. */
  readonly representations: string[];
  /** Where each stands among the representations of all groups. */
  readonly indexes: number[];
}

interface Collected extends Pick<EntityBatch, "indexes"> {
  readonly groups: readonly Group[];
}

/** One field of a fetch, in requests of its own. */
export function compileContextFetch(fetch: EntityFetch, of: EntityField, compiler: PlanCompiler): Step {
  const contexts = of.contexts ?? [];
  const operation = onlyField(parseInlined(fetch.operation), of.alias);
  const transport = compiler.transportOf(fetch.serviceName);
  const field = compileEntityField(of, { kind: Kind.DOCUMENT, definitions: [operation] }, compiler);
  const readers = readersOf(of, contexts, compiler);
  const commonPaths = field.sites.map(({ path }) => path.commonFields);
  const renamed = renamedKeys(of.outputRewrites);
  const used = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  const clientVariables = (fetch.variableUsages ?? []).filter((name) => used.has(name));
  const documents = new Map<number, DocumentNode>();
  const own = new Set([of.representationsVariableName, ...contexts.map(({ name }) => name)]);
  const documentFor = (groups: number): DocumentNode => {
    let document = documents.get(groups);
    if (document === undefined) documents.set(groups, (document = forGroups(operation, own, groups)));
    return document;
  };

  return (state) => {
    const { groups, indexes } = collect(state, { field, contexts, readers, root: compiler.places.root });
    if (groups.length === 0) return undefined;
    const entities: unknown[] = [];
    const take = (chunk: readonly Group[], { data, errors }: SubgraphAnswer): void => {
      for (const [at, group] of chunk.entries()) {
        const answer: unknown = data?.[`${of.alias}_${at}`];
        if (Array.isArray(answer))
          for (const [place, index] of group.indexes.entries()) entities[index] = answer[place] as unknown;
      }
      if (errors.length === 0) return;
      const pathsOf = (alias: string, index: number): Path[] => {
        const group = chunk[Number(alias.slice(of.alias.length + 1))];
        return entityPaths({ field, indexes }, state, group?.indexes[index] ?? -1);
      };
      addEntityErrors(state, errors, { pathsOf, commonPaths, renamed });
    };
    const calls = chunksOf(groups).map((chunk) => {
      const text = chunk.map((group, at) =>
        writeGroup(group, at, [of.representationsVariableName, ...contexts.map(({ name }) => name)]),
      );
      const head = { transport, document: documentFor(chunk.length), operationName: fetch.operationName };
      const call = new EntityCall(head, pickVariables(state, clientVariables), text.join(","));
      return compiler.callSubgraph(state, call).then((answer) => take(chunk, answer));
    });
    return Promise.all(calls).then(() => hangEntities({ field, indexes }, entities, state));
  };
}

interface Collector {
  readonly field: CompiledEntityField;
  readonly contexts: readonly ContextVariable[];
  /** By site and variable. */
  readonly readers: readonly (readonly ReadContext[])[];
  readonly root: PlanCompiler["places"]["root"];
}

function collect(state: ExecutionState, { field, contexts, readers, root }: Collector): Collected {
  const { data } = state;
  const groups = new Map<string, Group>();
  const known = new Map<string, number>();
  const indexes = new Map<object, number>();
  for (const [site, { path, write }] of field.sites.entries()) {
    path.visitWithPaths(data, (entity: JsonObject, at) => {
      if (indexes.has(entity)) return;
      const text = write(entity, data, new Map());
      if (text === undefined) return;
      const around = objectsAround(root, data, at);
      const values = (readers[site] ?? []).map((read) => read(around, data));
      const refused = contexts.filter(({ isRequired }, index) => isRequired && values[index] === null);
      for (const { argument, keys } of refused) {
        const message = `Nothing around the object gives a value for ${argument}, which must have one.`;
        for (const key of keys) addError(state, { message, path: [...at, key], extensions: { code: "INTERNAL" } });
      }
      // What could not be read is explained by an error already.
      if (refused.length > 0 || values.includes(undefined)) return;
      const texts = values.map((value) => JSON.stringify(value));
      const groupKey = texts.join("\n");
      let group = groups.get(groupKey);
      if (group === undefined) groups.set(groupKey, (group = { values: texts, representations: [], indexes: [] }));
      const key = `${groupKey}\n${text}`;
      let index = known.get(key);
      if (index === undefined) {
        known.set(key, (index = known.size));
        group.representations.push(text);
        group.indexes.push(index);
      }
      indexes.set(entity, index);
    });
  }
  return { groups: [...groups.values()], indexes };
}

function readersOf(
  { paths }: EntityField,
  contexts: readonly ContextVariable[],
  { places: { root } }: PlanCompiler,
): ReadContext[][] {
  return paths.map((path, at) => {
    const keys = path.flatMap((segment) => (segment !== "@" && "Field" in segment ? [segment.Field] : []));
    return contexts.map((variable) => compileContext(variable, { root, keys, at }));
  });
}

function chunksOf(groups: readonly Group[]): (readonly Group[])[] {
  const chunks: (readonly Group[])[] = [];
  for (let start = 0; start < groups.length; start += maxGroups) chunks.push(groups.slice(start, start + maxGroups));
  return chunks;
}

/** As members of a JSON object. */
function writeGroup({ values, representations }: Group, at: number, [first = "", ...names]: readonly string[]): string {
  const members = names.map((name, index) => `"${name}_${at}":${values[index] ?? "null"}`);
  return [`"${first}_${at}":[${representations.join(",")}]`, ...members].join(",");
}

/** The operation with one root field, and the variables that this one uses. */
export function onlyField(operation: OperationDefinitionNode, alias: string): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.filter(
    (node) => node.kind === Kind.FIELD && (node.alias ?? node.name).value === alias,
  );
  const used = new Set<string>();
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const definitions = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  return { ...operation, variableDefinitions: definitions, selectionSet };
}

/** The operation's one root field so many times over, each with variables of its own. */
function forGroups(operation: OperationDefinitionNode, own: ReadonlySet<string>, groups: number): DocumentNode {
  const numbered = <T extends FieldNode | VariableDefinitionNode>(node: T, at: number): T =>
    visit<T>(node, {
      Variable: (variable) =>
        own.has(variable.name.value)
          ? { ...variable, name: { ...variable.name, value: `${variable.name.value}_${at}` } }
          : undefined,
    });
  const all = operation.variableDefinitions ?? [];
  const isOwn = ({ variable }: VariableDefinitionNode): boolean => own.has(variable.name.value);
  const numbers = Array.from({ length: groups }, (_, at) => at);
  const selections = numbers.flatMap((at) =>
    operation.selectionSet.selections.flatMap((node) => {
      if (node.kind !== Kind.FIELD) return [];
      const alias = { kind: Kind.NAME, value: `${(node.alias ?? node.name).value}_${at}` } as const;
      return [{ ...numbered(node, at), alias }];
    }),
  );
  const variableDefinitions = [
    ...all.filter((one) => !isOwn(one)),
    ...numbers.flatMap((at) => all.filter(isOwn).map((one) => numbered(one, at))),
  ];
  const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions, selectionSet }] };
}
