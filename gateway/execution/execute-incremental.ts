/** Execution of operations with deferred fragments: a stream whose first part is the answer without them. */
import type { ExecutionResult } from "graphql";
import type { OperationRequest } from "../operation-request.ts";
import { isAbout } from "./client-error.ts";
import { DeferredDelivery, type IncrementalPayload } from "./deferred-delivery.ts";
import type { CompiledDeferral } from "./compile-deferral.ts";
import { answerFor, createState, finish, introspectInto, maskFault, type ExecuteDeps } from "./execute-operation.ts";
import type { ExecutionState } from "./execution-state.ts";
import type { OperationAnswer } from "./operation-answer.ts";
import type { PreparedOperation } from "./prepare-operation.ts";
import { createResultStream, type ResultStream } from "./result-stream.ts";

/** A part of an answer that comes in several; the first has `data`, the others `incremental`. */
export interface IncrementalResult extends ExecutionResult {
  readonly hasNext: boolean;
  readonly incremental?: readonly IncrementalPayload[];
}

/** One answer where nothing is deferred. Never rejects. */
export function createExecuteIncremental(
  deps: ExecuteDeps,
): (request: OperationRequest) => Promise<ResultStream | OperationAnswer> {
  return async (request) => {
    try {
      request.context.record?.enter("plan");
      const prepared = await deps.preparer.prepare(request, "incremental");
      if ("errors" in prepared) return { errors: prepared.errors };
      const { deferred } = prepared.compiled;
      if (deferred === undefined) return await answerFor(request, prepared);
      return openStream(request, { prepared, deferred, logger: deps.logger });
    } catch (error) {
      return { errors: [maskFault(error, request.context, deps.logger)] };
    }
  };
}

interface Deferring extends Pick<ExecuteDeps, "logger"> {
  readonly prepared: PreparedOperation;
  readonly deferred: CompiledDeferral;
}

function openStream(request: OperationRequest, deferring: Deferring): ResultStream {
  return createResultStream<IncrementalResult>({
    parent: request.signal,
    open: (signal) => run({ ...request, signal }, deferring),
    toMessage: (result) => Promise.resolve(result),
    toFailure: (error) => {
      const failed: IncrementalResult = {
        errors: [maskFault(error, request.context, deferring.logger)],
        hasNext: false,
      };
      return failed;
    },
  });
}

async function* run(
  { context, signal }: OperationRequest,
  { prepared, deferred, logger }: Deferring,
): AsyncGenerator<IncrementalResult, void, undefined> {
  const { compiled, variables } = prepared;
  const state = createState({ data: compiled.createData(), variables, context, signal, writes: compiled.writes });
  context.record?.enter("fetch");
  introspectInto(state, compiled);
  await compiled.run(state);
  context.record?.enter("write");
  const first = firstAnswer(state, prepared);
  const delivery = new DeferredDelivery(
    { deferral: deferred, state, maskFault: (error) => maskFault(error, context, logger) },
    first.data,
  );
  yield { ...first, hasNext: delivery.isPending };
  while (delivery.isPending) {
    const incremental = await delivery.take();
    if (signal?.aborted === true) return;
    yield { incremental, hasNext: delivery.isPending };
  }
}

/** Errors of what was read for deferred fragments are theirs to tell, unless they have made something null here. */
function firstAnswer(state: ExecutionState, { compiled, cost }: PreparedOperation): ExecutionResult {
  const { data, errors = [], extensions } = finish({ ...state, errors: [...state.errors] }, compiled, cost);
  const own = errors.filter(({ path }) => path === undefined || isAbout(data, path));
  return { ...(own.length > 0 && { errors: own }), data: data ?? null, ...(extensions && { extensions }) };
}
