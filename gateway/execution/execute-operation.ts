/** Execution of queries and mutations: prepare, run the compiled plan, project, and say what the answer includes. */
import { GraphQLError } from "graphql";
import { encodeCursor } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { isCostError, type EstimatedCost } from "../cost/cost-error.ts";
import { toldCost } from "../cost/cost-guard.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import { isLimitError } from "../limit-error.ts";
import { isRefusal } from "../authorization/principal.ts";
import type { OperationRequest } from "../operation-request.ts";
import { printPlans } from "../planning/print-plan.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import { toGraphQLError } from "./client-error.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { ExecutionState } from "./execution-state.ts";
import { JsonWriter } from "./json-writer.ts";
import { answerEnd, answerStart, createAnswer, type OperationAnswer } from "./operation-answer.ts";
import type { OperationPreparer, PreparedOperation } from "./prepare-operation.ts";

export interface ExecuteDeps {
  readonly preparer: OperationPreparer;
  readonly logger: GatewayLogger;
}

export function createExecute({
  preparer,
  logger,
}: ExecuteDeps): (request: OperationRequest) => Promise<OperationAnswer> {
  return async (request) => {
    const { context } = request;
    try {
      context.record?.enter("plan");
      const prepared = await preparer.prepare(request);
      if ("errors" in prepared) return { errors: prepared.errors };
      return await answerFor(request, prepared);
    } catch (error) {
      return { errors: [maskFault(error, context, logger)] };
    }
  };
}

/** Runs an operation that is answered in one. */
export async function answerFor(
  { context, signal }: OperationRequest,
  prepared: PreparedOperation,
): Promise<OperationAnswer> {
  const { compiled, variables } = prepared;
  context.record?.enter("fetch");
  const state = createState({ data: compiled.createData(), variables, context, signal, writes: compiled.writes });
  introspectInto(state, compiled);
  return await runAndFinish(state, prepared);
}

export function introspectInto({ data, variables }: ExecutionState, { introspect }: CompiledOperation): void {
  if (introspect !== undefined) Object.assign(data.root, introspect(variables));
}

export function createState(
  of: Pick<ExecutionState, "data" | "variables" | "context" | "signal" | "writes">,
): ExecutionState {
  return { ...of, errors: [], cursor: undefined };
}

async function runAndFinish(
  state: ExecutionState,
  { compiled, cost }: Pick<PreparedOperation, "compiled" | "cost">,
): Promise<OperationAnswer> {
  const { work } = compiled;
  work?.enter();
  try {
    await compiled.run(state);
    state.context.record?.enter("write");
    return finish(state, compiled, cost);
  } finally {
    work?.leave();
  }
}

/** One for all answers: each is written in one go. */
const writer = new JsonWriter();

/** The client's answer out of a state in which all reads are merged. */
export function finish(state: ExecutionState, compiled: CompiledOperation, cost?: EstimatedCost): OperationAnswer {
  const { errors } = state;
  return createAnswer({
    bytes: writeAnswer(state, compiled),
    errors: errors.map(toGraphQLError),
    extensions: extensionsOf(state, compiled, cost),
  });
}

/** What the request asked for beside its data. */
function extensionsOf(
  { context, cursor }: ExecutionState,
  { plans }: CompiledOperation,
  cost: EstimatedCost | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (!context.wantsCursor && context.wantsPlan !== true && cost === undefined) return undefined;
  const told = {
    ...(context.wantsCursor && { cursor: encodeCursor(cursor ?? {}) }),
    ...(context.wantsPlan === true && plans !== undefined && { onefold: { plan: { text: printPlans(plans), plans } } }),
    ...toldCost(context, cost),
  };
  return Object.keys(told).length === 0 ? undefined : told;
}

/** Answers without errors that are made of the very same answers of subgraphs are written once. */
function writeAnswer({ data, errors }: ExecutionState, { project, work }: CompiledOperation): Buffer {
  const known = errors.length === 0 ? work?.recall(project, data.sources) : undefined;
  if (known !== undefined) return known as Buffer;
  writer.clear();
  writer.raw(answerStart);
  project({ data, errors, out: writer });
  writer.raw(answerEnd);
  const bytes = writer.take();
  if (errors.length === 0) work?.keep(project, data.sources, bytes);
  return bytes;
}

/** A fault of ours or of the planner: the log gets it whole, the client a sentence and the request's id. A limit is no fault. */
export function maskFault(error: unknown, context: RequestContext, logger: GatewayLogger): GraphQLError {
  if (isLimitError(error) || isCostError(error) || isRefusal(error)) return error;
  logger.error({ err: error, requestId: context.requestId }, "A request failed.");
  const code = error instanceof OnefoldError ? error.code : "INTERNAL";
  const message = error instanceof OnefoldError ? error.message : "Something inside the gateway failed.";
  return new GraphQLError(message, { extensions: { code, requestId: context.requestId } });
}
