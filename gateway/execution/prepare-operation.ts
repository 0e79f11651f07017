/** Preparation: a request's operation is found in the plan cache, or planned and compiled, and its variables are coerced. */
import { getVariableValues, GraphQLError, type GraphQLSchema } from "graphql";
import type { OperationRequest } from "../operation-request.ts";
import { LruCache } from "../planning/lru-cache.ts";
import { createOperationSelector, type SelectedOperation } from "../planning/select-operation.ts";
import { compileOperation, type CompiledOperation, type OperationCompilerDeps } from "./compile-operation.ts";
import type { JsonObject } from "./execution-state.ts";

export interface PreparedOperation {
  readonly compiled: CompiledOperation;
  readonly variables: JsonObject;
}

/** Answers what to run, or the errors of a request that cannot run. Rejects with PLAN_FAILED. */
export type Prepare = (
  request: OperationRequest,
) => Promise<PreparedOperation | { readonly errors: readonly GraphQLError[] }>;

/** A request with many wrong variables is not told of more than these. */
const maxVariableErrors = 20;

export function createPrepare(deps: OperationCompilerDeps, planCacheSize: number): Prepare {
  const select = createOperationSelector();
  const cache = new LruCache<Promise<CompiledOperation>>(planCacheSize);

  const compile = (selected: SelectedOperation, variables: JsonObject): Promise<CompiledOperation> => {
    // Conditions are decided before planning, so their values are part of the key.
    const bits = selected.conditionVariables.map((name) => (variables[name] === true ? "1" : "0")).join("");
    const key = `${bits}\n${selected.text}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const compiled = compileOperation(selected, variables, deps);
    cache.set(key, compiled);
    compiled.catch(() => cache.delete(key));
    return compiled;
  };

  return async (request) => {
    const selected = select(request.document, request.operationName);
    if (selected === undefined) return { errors: [noOperation(request.operationName)] };
    const variables = coerceVariables(deps.schema, selected, request.variables ?? {});
    if ("errors" in variables) return variables;
    return { compiled: await compile(selected, variables.coerced), variables: variables.coerced };
  };
}

function noOperation(name: string | undefined): GraphQLError {
  const message =
    name === undefined
      ? "Must provide operation name if query contains multiple operations."
      : `Unknown operation named "${name}".`;
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

function coerceVariables(
  schema: GraphQLSchema,
  { operation }: SelectedOperation,
  inputs: Readonly<Record<string, unknown>>,
): { readonly coerced: JsonObject } | { readonly errors: readonly GraphQLError[] } {
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], inputs, {
    maxErrors: maxVariableErrors,
  });
  if (result.coerced !== undefined) return { coerced: result.coerced };
  return {
    errors: result.errors.map(
      (error) => new GraphQLError(error.message, { nodes: error.nodes ?? [], extensions: { code: "BAD_USER_INPUT" } }),
    ),
  };
}
