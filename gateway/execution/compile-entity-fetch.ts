/** A plan's entity fetch as a step: entities in the data become representations, and get the fields a subgraph answers. */
import type {
  BatchFetchNode,
  FetchRewrite,
  FlattenNodePathSegment,
  RequiresSelection,
} from "@graphql-hive/router-query-planner";
import { parse, type DocumentNode } from "graphql";
import type { WithContexts } from "../planning/mark-contexts.ts";
import type { SubgraphCall } from "./call-subgraph.ts";
import type { PlanCompiler } from "./compile-plan.ts";
import { pickVariables } from "./compile-root-fetch.ts";
import { isJsonObject, type ExecutionState, type JsonObject, type Path, type Step } from "./execution-state.ts";
import { addEntityErrors } from "./fetch-errors.ts";
import { compileFlattenPath, type FlattenPath } from "./flatten-path.ts";
import { providedBy, type Place, type Slot } from "./place-tree.ts";
import { compileRepresentation, type RepresentationMemory, type WriteRepresentation } from "./representations.ts";
import { compileRewrites, renamedKeys, type Rewrite } from "./rewrites.ts";

/** One `_entities` field of the subgraph request, and the places whose entities it is about. */
export interface EntityField extends WithContexts {
  readonly alias: string;
  readonly representationsVariableName: string;
  readonly paths: readonly (readonly FlattenNodePathSegment[])[];
  readonly requires: readonly RequiresSelection[];
  readonly inputRewrites?: readonly FetchRewrite[];
  readonly outputRewrites?: readonly FetchRewrite[];
}

export interface EntityFetch extends Pick<
  BatchFetchNode,
  "serviceName" | "operation" | "operationName" | "variableUsages"
> {
  readonly fields: readonly EntityField[];
}

export function compileEntityFetch(fetch: EntityFetch, compiler: PlanCompiler): Step {
  const transport = compiler.transportOf(fetch.serviceName);
  const document = parse(fetch.operation, { noLocation: true });
  const fields = fetch.fields.map((field) => compileEntityField(field, document, compiler));
  const commonPaths = fields.flatMap((field) => field.sites.map(({ path }) => path.commonFields));
  const renamed = new Map(fetch.fields.flatMap((field) => [...renamedKeys(field.outputRewrites)]));
  const variableNames = fetch.variableUsages ?? [];
  const { operationName } = fetch;

  const { work } = compiler;
  const collect = (state: ExecutionState): Collected => {
    const { sources } = state.data;
    const known = work?.recall(fields, sources) as Collected | undefined;
    if (known !== undefined) return known;
    const batches = fields.map((field) => collectEntities(field, state));
    const isEmpty = batches.every((batch) => batch.representations.length === 0);
    const collected = { batches, isEmpty, text: batches.map(writeBatch).join(",") };
    work?.keep(fields, sources, collected);
    return collected;
  };

  return (state) => {
    const { batches, isEmpty, text } = collect(state);
    if (isEmpty) return undefined;
    const call = new EntityCall({ transport, document, operationName }, pickVariables(state, variableNames), text);
    return compiler.callSubgraph(state, call).then(({ data, errors }) => {
      for (const batch of batches) hangEntities(batch, data?.[batch.field.alias], state);
      if (errors.length === 0) return;
      const pathsOf = (alias: string, index: number) => {
        const batch = batches.find((candidate) => candidate.field.alias === alias);
        return batch === undefined ? [] : entityPaths(batch, state, index);
      };
      addEntityErrors(state, errors, { pathsOf, commonPaths, renamed });
    });
  };
}

/** What the data of a run hold for a fetch. */
interface Collected {
  readonly batches: readonly EntityBatch[];
  readonly isEmpty: boolean;
  /** The batches as members of a JSON object. */
  readonly text: string;
}

/** Representations are text already: they are parsed only for a transport that wants values. */
export class EntityCall implements SubgraphCall {
  readonly transport: SubgraphCall["transport"];
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variablesText: string;
  fetch: SubgraphCall["fetch"] = undefined;

  constructor(
    of: Pick<SubgraphCall, "transport" | "document" | "operationName">,
    variables: JsonObject,
    representations: string,
  ) {
    this.transport = of.transport;
    this.document = of.document;
    this.operationName = of.operationName;
    const own = JSON.stringify(variables).slice(1, -1);
    this.variablesText = own === "" ? `{${representations}}` : `{${own},${representations}}`;
  }

  get variables(): JsonObject {
    return JSON.parse(this.variablesText) as JsonObject;
  }
}

/** One place whose entities a field is about. */
interface Site {
  readonly path: FlattenPath;
  readonly write: WriteRepresentation;
}

export interface CompiledEntityField {
  readonly alias: string;
  readonly variable: string;
  readonly sites: readonly Site[];
  readonly slot: Slot;
  readonly rewriteOutput: Rewrite | undefined;
  /** Known once the whole plan is compiled. */
  readonly contested: () => readonly { readonly place: Place; readonly key: string }[];
  /** Whether each object gets an answer of its own, be it equal to another's: what is below is told apart by what is around it. */
  readonly isApart: boolean;
}

export function compileEntityField(
  field: EntityField,
  document: DocumentNode,
  { places, types, apart }: PlanCompiler,
): CompiledEntityField {
  const rewrite = compileRewrites(field.inputRewrites, types);
  const sites = field.paths.map((segments) => {
    const path = compileFlattenPath(segments, places.root, types);
    return { path, write: compileRepresentation(field.requires, path.place, { types, rewrite }) };
  });
  const at = [...new Set(sites.map(({ path }) => path.place))];
  const slot = places.addSlot(providedBy(document, field.alias, renamedKeys(field.outputRewrites)), at);
  let contested: ReturnType<CompiledEntityField["contested"]> | undefined;
  return {
    alias: field.alias,
    variable: field.representationsVariableName,
    sites,
    slot,
    isApart: at.some((place) => apart?.has(place) === true),
    rewriteOutput: compileRewrites(field.outputRewrites, types),
    contested: () => (contested ??= at.flatMap((place) => place.contested(slot).map((key) => ({ place, key })))),
  };
}

/** The entities of one run, by representation: equal representations are asked for once. */
export interface EntityBatch {
  readonly field: CompiledEntityField;
  /** As JSON. */
  readonly representations: readonly string[];
  /** The objects that are asked about, each with the place of its representation. */
  readonly indexes: Map<object, number>;
}

function writeBatch({ field, representations }: EntityBatch): string {
  return `"${field.variable}":[${representations.join(",")}]`;
}

function collectEntities(field: CompiledEntityField, { data }: ExecutionState): EntityBatch {
  const representations: string[] = [];
  const indexes = new Map<object, number>();
  const known = new Map<string, number>();
  for (const { path, write } of field.sites) {
    const memory: RepresentationMemory = new Map();
    path.visit(data, (entity) => {
      if (indexes.has(entity)) return;
      const text = write(entity, data, memory);
      if (text === undefined) return;
      let index = known.get(text);
      if (index === undefined) {
        index = representations.push(text) - 1;
        known.set(text, index);
      }
      indexes.set(entity, index);
    });
  }
  return { field, representations, indexes };
}

export function hangEntities(
  { field, indexes: found }: Pick<EntityBatch, "field" | "indexes">,
  answer: unknown,
  { data }: ExecutionState,
): void {
  if (!Array.isArray(answer)) return;
  const { rewriteOutput } = field;
  const answered: unknown[] =
    rewriteOutput === undefined
      ? answer
      : answer.map((entity: unknown) => (isJsonObject(entity) ? rewriteOutput(entity) : entity));
  const contested = field.contested();
  const { indexes, entities } = field.isApart ? toldApart(found, answered) : { indexes: found, entities: answered };
  if (contested.length === 0 && !field.isApart)
    data.fill(field.slot, { indexes, entities, source: entities }, contested);
  // What two fetches give becomes new objects, which are put behind the answer's.
  else data.fill(field.slot, { indexes: new Map(indexes), entities: [...entities], source: {} }, contested);
}

/** Objects that have one answer in common get copies of it. */
function toldApart(found: ReadonlyMap<object, number>, answered: readonly unknown[]) {
  const indexes = new Map<object, number>();
  const entities = [...answered];
  const taken = new Set<number>();
  for (const [object, index] of found) {
    indexes.set(object, taken.has(index) ? entities.push(structuredClone(answered[index])) - 1 : index);
    taken.add(index);
  }
  return { indexes, entities };
}

/** Where the entities of one representation are; walked again only when there is an error to place. */
export function entityPaths(
  { field, indexes }: Pick<EntityBatch, "field" | "indexes">,
  { data }: ExecutionState,
  index: number,
): Path[] {
  const wanted = new Set([...indexes].filter(([, at]) => at === index).map(([object]) => object));
  const found: Path[] = [];
  for (const { path } of field.sites) {
    path.visitWithPaths(data, (object, at) => {
      if (wanted.has(object)) found.push(at);
    });
  }
  return found;
}
