/** Runs one query or mutation on a subgraph's schema, with graphql-js, in this process. */
import { execute, GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from "graphql";
import type { CompiledReads } from "../compiled/compiled-reads.ts";
import type { RequestContext, SubgraphRequest, SubgraphResult } from "../subgraph.ts";
import { createExecutionContext } from "./create-execution-context.ts";
import type { ExecutionContext } from "./execution-context.ts";
import { formatErrors } from "./format-errors.ts";
import type { ModelIndex } from "./model-index.ts";
import type { ReadsByRequest } from "./request-reads.ts";
import type { Logger } from "./serving-deps.ts";
import type { Validator } from "./validate-once.ts";

/** What executions of one subgraph share. */
export interface Execution {
  readonly domain: string;
  readonly schema: GraphQLSchema;
  readonly validate: Validator;
  /** Null: graphql-js runs all operations. */
  readonly compiled: CompiledReads | null;
  readonly index: ModelIndex;
  readonly readsByRequest: ReadsByRequest;
  readonly logger: Logger;
}

/** Never rejects. */
export async function executeRequest(execution: Execution, request: SubgraphRequest): Promise<SubgraphResult> {
  const invalid = execution.validate(request.document);
  if (invalid.length > 0) return failed(execution, request.context, invalid);
  try {
    const read = await readCompiled(execution, request);
    if (read !== undefined) return read;
    const context = openContext(execution, request.context);
    return answer(execution, context, await execute(executionArgs(execution, request, context)));
  } catch (error) {
    return failed(execution, request.context, [asGraphQLError(error)]);
  }
}

async function readCompiled(execution: Execution, request: SubgraphRequest): Promise<SubgraphResult | undefined> {
  if (execution.compiled === null) return undefined;
  const context = openContext(execution, request.context);
  const data = await execution.compiled(request, context);
  return data === undefined ? undefined : answer(execution, context, { data });
}

export function openContext({ index, readsByRequest }: Execution, request: RequestContext): ExecutionContext {
  return createExecutionContext(index, readsByRequest, request);
}

export function executionArgs(
  execution: Execution,
  request: SubgraphRequest,
  context: ExecutionContext,
): ExecutionArgs {
  return {
    schema: execution.schema,
    document: request.document,
    variableValues: request.variables,
    contextValue: context,
    ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
  };
}

/** The result as callers get it: errors formatted, the cursor where it was asked for. */
export function answer(execution: Execution, context: ExecutionContext, result: ExecutionResult): SubgraphResult {
  const { data, errors } = result;
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors: formatErrors(errors, edgeOf(execution, context.request)) }),
    ...(context.request.wantsCursor ? { cursor: context.collector.cursor() } : {}),
  };
}

/** A result without data. */
export function failed(execution: Execution, context: RequestContext, errors: readonly GraphQLError[]): SubgraphResult {
  return { errors: formatErrors(errors, edgeOf(execution, context)) };
}

export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

function edgeOf({ domain, logger }: Execution, { requestId }: RequestContext): Parameters<typeof formatErrors>[1] {
  return { requestId, domain, logger };
}
