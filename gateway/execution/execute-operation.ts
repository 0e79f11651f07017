/** Execution of queries and mutations: prepare, run the compiled plan, project, and say what the answer includes. */
import { GraphQLError } from "graphql";
import { encodeCursor } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import { isLimitError } from "../limit-error.ts";
import type { OperationRequest } from "../operation-request.ts";
import { clientKeyOf } from "../planning/response-key.ts";
import type { RequestContext } from "../subgraph-transport.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { ExecutionState, FieldError } from "./execution-state.ts";
import { JsonWriter } from "./json-writer.ts";
import { answerEnd, answerStart, createAnswer, type OperationAnswer } from "./operation-answer.ts";
import type { OperationPreparer } from "./prepare-operation.ts";

export interface ExecuteDeps {
  readonly preparer: OperationPreparer;
  readonly logger: GatewayLogger;
}

export function createExecute({
  preparer,
  logger,
}: ExecuteDeps): (request: OperationRequest) => Promise<OperationAnswer> {
  return async (request) => {
    try {
      const prepared = await preparer.prepare(request);
      if ("errors" in prepared) return { errors: prepared.errors };
      const { compiled, variables } = prepared;
      const { context, signal } = request;
      const state = createState({ data: compiled.createData(), variables, context, signal, writes: compiled.writes });
      if (compiled.introspect !== undefined) Object.assign(state.data.root, compiled.introspect(variables));
      await compiled.run(state);
      return finish(state, compiled);
    } catch (error) {
      return { errors: [maskFault(error, request.context, logger)] };
    }
  };
}

export function createState(
  of: Pick<ExecutionState, "data" | "variables" | "context" | "signal" | "writes">,
): ExecutionState {
  return { ...of, errors: [], cursor: undefined };
}

/** One for all answers: each is written in one go. */
const writer = new JsonWriter();

/** The client's answer out of a state in which all reads are merged. */
export function finish(state: ExecutionState, compiled: CompiledOperation): OperationAnswer {
  const { data, errors } = state;
  writer.clear();
  writer.raw(answerStart);
  compiled.project({ data, errors, out: writer });
  writer.raw(answerEnd);
  return createAnswer({
    bytes: writer.take(),
    errors: errors.map(toGraphQLError),
    extensions: state.context.wantsCursor ? { cursor: encodeCursor(state.cursor ?? {}) } : undefined,
  });
}

/** A fault of ours or of the planner: the log gets it whole, the client a sentence and the request's id. A limit is no fault. */
export function maskFault(error: unknown, context: RequestContext, logger: GatewayLogger): GraphQLError {
  if (isLimitError(error)) return error;
  logger.error({ err: error, requestId: context.requestId }, "A request failed.");
  const code = error instanceof OnefoldError ? error.code : "INTERNAL";
  const message = error instanceof OnefoldError ? error.message : "Something inside the gateway failed.";
  return new GraphQLError(message, { extensions: { code, requestId: context.requestId } });
}

function toGraphQLError({ message, path, extensions }: FieldError): GraphQLError {
  if (path === undefined) return new GraphQLError(message, { extensions });
  const clientPath = path.map((key) => (typeof key === "string" ? clientKeyOf(key) : key));
  return new GraphQLError(message, { path: clientPath, extensions });
}
