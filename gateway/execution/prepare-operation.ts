/** Preparation: a request's operation is found in the plan cache, or planned and compiled, and its variables are coerced. */
import { getVariableValues, GraphQLError, parse, validate, type GraphQLSchema } from "graphql";
import { limitError } from "../limit-error.ts";
import type { OperationRequest } from "../operation-request.ts";
import { LruCache } from "../planning/lru-cache.ts";
import type { DrawPlanner } from "../planning/query-planner.ts";
import { createOperationSelector, type SelectedOperation } from "../planning/select-operation.ts";
import { compileOperation, type CompiledOperation, type OperationCompilerDeps } from "./compile-operation.ts";
import type { JsonObject } from "./execution-state.ts";
import { isDeeperThan, maxVariableDepth } from "./variable-depth.ts";

export interface PreparedOperation {
  readonly compiled: CompiledOperation;
  readonly variables: JsonObject;
}

/** An operation that was asked for often, fit to be prepared by another generation. */
export interface FrequentOperation {
  /** Normalised. */
  readonly text: string;
  /** Values of the variables that @skip and @include depend on. */
  readonly conditions: Readonly<Record<string, boolean>>;
}

export interface OperationPreparer {
  /** Answers what to run, or the errors of a request that cannot run. Rejects with PLAN_FAILED. */
  prepare(request: OperationRequest): Promise<PreparedOperation | { readonly errors: readonly GraphQLError[] }>;
  /** Those that were prepared most often, the most frequent first. */
  frequent(): readonly FrequentOperation[];
  /** Plans and compiles operations before someone asks for them; what is not valid here is passed over. Never rejects. */
  warm(operations: readonly FrequentOperation[]): Promise<void>;
}

/** So many operations are worth being planned again before a new supergraph serves. */
const maxFrequent = 100;

interface Known extends FrequentOperation {
  readonly compiled: Promise<CompiledOperation>;
  uses: number;
}

/** A request with many wrong variables is not told of more than these. */
const maxVariableErrors = 20;

const tooDeep = limitError(`The variables are nested more than ${maxVariableDepth} levels deep.`);

export interface PreparerDeps extends Omit<OperationCompilerDeps, "plan"> {
  readonly drawPlanner: DrawPlanner;
}

export function createPreparer(deps: PreparerDeps, planCacheSize: number): OperationPreparer {
  const select = createOperationSelector();
  const cache = new LruCache<Known>(planCacheSize);

  const compile = (selected: SelectedOperation, variables: JsonObject): Promise<CompiledOperation> => {
    // Conditions are decided before planning, so their values are part of the key.
    const bits = selected.conditionVariables.map((name) => (variables[name] === true ? "1" : "0")).join("");
    const { key: variant, plan } = deps.drawPlanner();
    // The text alone is the same object each time, whose hash is known; no text begins as the other keys do.
    const key = variant === "" && bits === "" ? selected.text : `${variant} ${bits}\n${selected.text}`;
    let known = cache.get(key);
    if (known === undefined) {
      const conditions = Object.fromEntries(
        selected.conditionVariables.map((name) => [name, variables[name] === true] as const),
      );
      known = {
        text: selected.text,
        conditions,
        compiled: compileOperation(selected, variables, { ...deps, plan }),
        uses: 0,
      };
      cache.set(key, known);
      known.compiled.catch(() => cache.delete(key));
    }
    known.uses++;
    return known.compiled;
  };
  const warm = async ({ text, conditions }: FrequentOperation): Promise<void> => {
    const document = parse(text);
    if (validate(deps.schema, document).length > 0) return;
    const selected = select(document, undefined);
    if (selected !== undefined) await compile(selected, conditions);
  };

  return {
    async prepare(request) {
      const selected = select(request.document, request.operationName);
      if (selected === undefined) return { errors: [noOperation(request.operationName)] };
      if (isDeeperThan(request.variables, maxVariableDepth)) return { errors: [tooDeep] };
      const variables = coerceVariables(deps.schema, selected, request.variables ?? {});
      if ("errors" in variables) return variables;
      return { compiled: await compile(selected, variables.coerced), variables: variables.coerced };
    },
    frequent: () =>
      [...cache.values()]
        .sort((a, b) => b.uses - a.uses)
        .slice(0, maxFrequent)
        .map(({ text, conditions }) => ({ text, conditions })),
    async warm(operations) {
      // One after the other: the generation that serves meanwhile needs its planner, too.
      for (const operation of operations) await warm(operation).catch(() => undefined);
    },
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
