/** Preparation: a request's operation is found in the plan cache, or planned and compiled, and its variables are coerced. */
import { getVariableValues, GraphQLError, parse, validate } from "graphql";
import { deniedErrors } from "../authorization/denied-error.ts";
import { decideAccess, refuseIntrospection, type AccessDecision } from "../authorization/decide-access.ts";
import { createGuardCache, conditionBits } from "../authorization/guard-cache.ts";
import type { GuardedOperation } from "../authorization/guard-operation.ts";
import type { IntrospectionPolicy } from "../authorization/principal.ts";
import { withoutSuggestions } from "../authorization/without-suggestions.ts";
import { createAudience, type AccessAudience } from "../authorization/access-audience.ts";
import type { EstimatedCost } from "../cost/cost-error.ts";
import type { WeighOperation } from "../cost/cost-guard.ts";
import { limitError } from "../limit-error.ts";
import type { OperationRequest } from "../operation-request.ts";
import { LruCache } from "../planning/lru-cache.ts";
import type { DrawPlanner } from "../planning/query-planner.ts";
import { createOperationSelector, type SelectedOperation } from "../planning/select-operation.ts";
import {
  compileIncremental,
  compileOperation,
  type CompiledOperation,
  type OperationCompilerDeps,
} from "./compile-operation.ts";
import type { OperationRecord } from "../watch/operation-record.ts";
import type { JsonObject } from "./execution-state.ts";
import { isDeeperThan, maxVariableDepth } from "./variable-depth.ts";

export interface PreparedOperation {
  readonly compiled: CompiledOperation;
  readonly variables: JsonObject;
  /** Undefined: nobody wants to know. */
  readonly cost: EstimatedCost | undefined;
  /** Where fields stand that the client may not have, as response keys joined by dots. */
  readonly denied: readonly string[];
}

/** An operation that was asked for often, fit to be prepared by another generation. */
export interface FrequentOperation {
  /** Normalised. */
  readonly text: string;
  /** Values of the variables that @skip and @include depend on, and @defer for what is delivered incrementally. */
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly delivery: Delivery;
  /** What those who asked might not have. */
  readonly access: AccessDecision;
}

/** `whole`: @defer has no effect. */
export type Delivery = "whole" | "incremental";

export interface OperationPreparer {
  /** Undefined where answers do not depend on who asks. */
  readonly access: AccessAudience | undefined;
  /**
   * Answers what to run, or the errors of a request that cannot run. Rejects with the error of a limit, or an error of planning,
   * and as the principal's policies do.
   */
  prepare(
    request: OperationRequest,
    delivery?: Delivery,
  ): Promise<PreparedOperation | { readonly errors: readonly GraphQLError[] }>;
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

/** A request's operation with its variables. */
export interface ReadOperation {
  readonly selected: SelectedOperation;
  readonly variables: JsonObject;
  /** Undefined: everyone may have all of it. */
  readonly guarded: GuardedOperation | undefined;
}

/** What an operation is compiled for beside its variables. */
interface Variant {
  /** The guarded fields that are taken out, by their places. */
  readonly removed: readonly number[];
  readonly access: AccessDecision;
  readonly delivery: Delivery;
  /** Is told whether the plan was there. */
  readonly record?: OperationRecord | undefined;
}

/** A request with many wrong variables is not told of more than these. */
const maxVariableErrors = 20;

const tooDeep = limitError(`The variables are nested more than ${maxVariableDepth} levels deep.`);

const plansAreNotShown = new GraphQLError("Query plans are shown in development only.", {
  extensions: { code: "BAD_REQUEST" },
});

export interface PreparerDeps extends Omit<OperationCompilerDeps, "plan"> {
  readonly drawPlanner: DrawPlanner;
  readonly weigh: WeighOperation;
  readonly rejectUnauthorized: boolean;
  readonly introspection: IntrospectionPolicy;
  /** The claims that subgraphs are told. */
  readonly readsClaims: readonly string[];
}

export function createPreparer(deps: PreparerDeps, planCacheSize: number): OperationPreparer {
  const select = createOperationSelector();
  const cache = new LruCache<Known>(planCacheSize);
  const guardOf = createGuardCache(deps, planCacheSize);

  const compile = (
    selected: SelectedOperation,
    variables: JsonObject,
    { removed, access, delivery, record }: Variant,
  ): Promise<CompiledOperation> => {
    // Where fields are taken out, nothing is deferred.
    const deferring = delivery === "whole" || removed.length > 0 ? undefined : selected.deferVariables;
    // Conditions are decided before planning, so their values are part of the key.
    const bits = conditionBits(selected, variables);
    const { key: variant, plan } = deps.drawPlanner();
    const flags = deferring?.map((name) => (isDeferred(name, variables) ? "1" : "0")).join("");
    const key = planKey(selected.text, [variant, bits, removed.join(",")], flags);
    let known = cache.get(key);
    if (record !== undefined) record.isPlanKnown = known !== undefined;
    if (known === undefined) {
      const conditions = Object.fromEntries([
        ...selected.conditionVariables.map((name) => [name, variables[name] === true] as const),
        ...(deferring ?? []).map((name) => [name, isDeferred(name, variables)] as const),
      ]);
      const compileAs = deferring === undefined ? compileOperation : compileIncremental;
      known = {
        text: selected.text,
        conditions,
        access,
        delivery: deferring === undefined ? "whole" : "incremental",
        compiled: compileAs(selected, { conditions: variables, removed }, { ...deps, plan }),
        uses: 0,
      };
      cache.set(key, known);
      known.compiled.catch(() => cache.delete(key));
    }
    known.uses++;
    return known.compiled;
  };
  const warm = async ({ text, conditions, access, delivery }: FrequentOperation): Promise<void> => {
    const document = parse(text);
    if (validate(deps.schema, document).length > 0) return;
    const selected = select(document, undefined);
    if (selected === undefined) return;
    const removed = guardOf(selected, conditions)?.removed(access.unmet) ?? [];
    await compile(selected, conditions, { removed, access, delivery });
  };
  const read = (request: OperationRequest): ReadOperation | { readonly errors: readonly GraphQLError[] } => {
    const selected = select(request.document, request.operationName);
    if (selected === undefined) return { errors: [noOperation(request.operationName)] };
    if (isDeeperThan(request.variables, maxVariableDepth)) return { errors: [tooDeep] };
    const variables = coerceVariables(deps, selected, request.variables ?? {});
    if ("errors" in variables) return variables;
    return { selected, variables: variables.coerced, guarded: guardOf(selected, variables.coerced) };
  };

  return {
    access: createAudience(deps, read),
    async prepare(request, delivery = "whole") {
      const { principal, wantsPlan, record } = request.context;
      if (wantsPlan === true && !deps.showsPlans) return { errors: [plansAreNotShown] };
      const operation = read(request);
      if ("errors" in operation) return operation;
      const { selected, variables, guarded } = operation;
      // Before it is planned: what costs too much may be hard to plan, too.
      const cost = deps.weigh(request.context, selected, variables);
      const decided = request.access ?? decideAccess(guarded, principal);
      const access = decided instanceof Promise ? await decided : decided;
      const removed = guarded?.removed(access.unmet) ?? [];
      const denied = removed.map((place) => guarded?.pathOf(place) ?? "");
      if (denied.length > 0 && deps.rejectUnauthorized) return { errors: deniedErrors(denied) };
      const compiled = await compile(selected, variables, { removed, access, delivery, record });
      const refusal = compiled.introspect && refuseIntrospection(deps.introspection, principal);
      return refusal === undefined ? { compiled, variables, denied, cost } : { errors: [refusal] };
    },
    frequent: () =>
      [...cache.values()]
        .sort((a, b) => b.uses - a.uses)
        .slice(0, maxFrequent)
        .map(({ text, conditions, access, delivery }) => ({ text, conditions, access, delivery })),
    async warm(operations) {
      // One after the other: the generation that serves meanwhile needs its planner, too.
      for (const operation of operations) await warm(operation).catch(() => undefined);
    },
  };
}

/** Only false keeps a fragment from being deferred: without a value the directive's default holds. */
function isDeferred(name: string, variables: JsonObject): boolean {
  return variables[name] !== false;
}

/** The text alone is the same object each time, whose hash is known; no text begins as the other keys do. */
function planKey(text: string, chosen: readonly string[], flags: string | undefined): string {
  const plain = chosen.every((choice) => choice === "") ? text : `${chosen.join(" ")}\n${text}`;
  return flags === undefined ? plain : `@defer ${flags} ${plain}`;
}

function noOperation(name: string | undefined): GraphQLError {
  const message =
    name === undefined
      ? "Must provide operation name if query contains multiple operations."
      : `Unknown operation named "${name}".`;
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

function coerceVariables(
  { schema, introspection }: Pick<PreparerDeps, "schema" | "introspection">,
  { operation }: SelectedOperation,
  inputs: Readonly<Record<string, unknown>>,
): { readonly coerced: JsonObject } | { readonly errors: readonly GraphQLError[] } {
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], inputs, {
    maxErrors: maxVariableErrors,
  });
  if (result.coerced !== undefined) return { coerced: result.coerced };
  const tell = (message: string): string => (introspection === "allow" ? message : withoutSuggestions(message));
  return {
    errors: result.errors.map(
      (error) =>
        new GraphQLError(tell(error.message), { nodes: error.nodes ?? [], extensions: { code: "BAD_USER_INPUT" } }),
    ),
  };
}
