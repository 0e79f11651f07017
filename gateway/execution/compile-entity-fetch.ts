/** A plan's entity fetch as a step: entities in the data become representations, and get the fields a subgraph answers. */
import type {
  BatchFetchNode,
  FetchRewrite,
  FlattenNodePathSegment,
  RequiresSelection,
} from "@graphql-hive/router-query-planner";
import { parse } from "graphql";
import type { PlanCompiler } from "./compile-plan.ts";
import { pickVariables } from "./compile-root-fetch.ts";
import { isJsonObject, type ExecutionState, type JsonObject, type Path, type Step } from "./execution-state.ts";
import { addEntityErrors } from "./fetch-errors.ts";
import { compileFlattenPath, type FlattenPath } from "./flatten-path.ts";
import { mergeData, type MergeOptions } from "./merge-data.ts";
import { compileRepresentation, type BuildRepresentation } from "./representations.ts";
import { compileRewrites, renamedKeys, type Rewrite } from "./rewrites.ts";

/** One `_entities` field of the subgraph request, and the places whose entities it is about. */
export interface EntityField {
  /** What `fetchPlaces` knows it by. */
  readonly place: object;
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
  const fields = fetch.fields.map((field) => compileEntityField(field, compiler));
  const commonPaths = fields.flatMap((field) => field.paths.map((path) => path.commonFields));
  const renamed = new Map(fetch.fields.flatMap((field) => [...renamedKeys(field.outputRewrites)]));
  const variableNames = fetch.variableUsages ?? [];

  return (state) => {
    const batches = fields.map((field) => collectEntities(field, state));
    if (batches.every((batch) => batch.representations.length === 0)) return undefined;
    const variables = pickVariables(state, variableNames);
    for (const batch of batches) variables[batch.field.variable] = batch.representations;
    const call = { transport, document, operationName: fetch.operationName, variables };
    return compiler.callSubgraph(state, call).then(({ data, errors }) => {
      for (const batch of batches) mergeEntities(batch, data?.[batch.field.alias]);
      if (errors.length === 0) return;
      const pathsOf = (alias: string, index: number) => {
        const batch = batches.find((candidate) => candidate.field.alias === alias);
        return batch === undefined ? [] : entityPaths(batch, state, index);
      };
      addEntityErrors(state, errors, { pathsOf, commonPaths, renamed });
    });
  };
}

interface CompiledEntityField {
  readonly alias: string;
  readonly variable: string;
  readonly paths: readonly FlattenPath[];
  readonly build: BuildRepresentation;
  readonly rewriteInput: Rewrite | undefined;
  readonly rewriteOutput: Rewrite | undefined;
  readonly merge: MergeOptions;
}

function compileEntityField(field: EntityField, compiler: PlanCompiler): CompiledEntityField {
  const paths = field.paths.map((path) => compileFlattenPath(path, compiler.types));
  return {
    alias: field.alias,
    variable: field.representationsVariableName,
    paths,
    build: compileRepresentation(field.requires, compiler.types),
    rewriteInput: compileRewrites(field.inputRewrites, compiler.types),
    rewriteOutput: compileRewrites(field.outputRewrites, compiler.types),
    merge: {
      copies: paths.some((path) => compiler.changesBelow(path.fields, field.place)),
      isObjectType: compiler.types.isObject,
    },
  };
}

/** The entities of one run, by representation: equal representations are asked for once. */
interface EntityBatch {
  readonly field: CompiledEntityField;
  readonly representations: JsonObject[];
  /** For each representation the objects it stands for. */
  readonly targets: JsonObject[][];
}

function collectEntities(field: CompiledEntityField, state: ExecutionState): EntityBatch {
  const batch: EntityBatch = { field, representations: [], targets: [] };
  const indexes = new Map<string, number>();
  const add = (entity: JsonObject) => {
    const built = field.build(entity);
    if (built === undefined) return;
    const representation = field.rewriteInput === undefined ? built : field.rewriteInput(built);
    const text = JSON.stringify(representation);
    const known = indexes.get(text);
    if (known !== undefined) return void batch.targets[known]?.push(entity);
    indexes.set(text, batch.representations.length);
    batch.representations.push(representation);
    batch.targets.push([entity]);
  };
  for (const path of field.paths) path.visit(state.data, add);
  return batch;
}

function mergeEntities({ field, targets }: EntityBatch, answer: unknown): void {
  if (!Array.isArray(answer)) return;
  for (const [index, sameEntity] of targets.entries()) {
    const entity: unknown = answer[index];
    if (!isJsonObject(entity)) continue;
    const fields = field.rewriteOutput === undefined ? entity : field.rewriteOutput(entity);
    for (const target of sameEntity) mergeData(target, fields, field.merge);
  }
}

/** Where the entities of one representation are; walked again only when there is an error to place. */
function entityPaths({ field, targets }: EntityBatch, state: ExecutionState, index: number): Path[] {
  const wanted = new Set(targets[index]);
  const found: Path[] = [];
  for (const flatten of field.paths) {
    flatten.visitWithPaths(state.data, (object, path) => {
      if (path !== undefined && wanted.has(object)) found.push(path);
    });
  }
  return found;
}
