/** Subscriptions: each event of the primary subgraph becomes one message, completed by the rest of the plan. */
import type { ExecutionResult } from "graphql";
import { deniedErrors } from "../authorization/denied-error.ts";
import { expireStream } from "../authorization/expire-stream.ts";
import type { GatewayLogger } from "../gateway-logger.ts";
import type { OperationRequest } from "../operation-request.ts";
import type { SubgraphResult } from "../subgraph-transport.ts";
import { readResult, requestOf } from "./call-subgraph.ts";
import type { CompiledSource } from "./compile-operation.ts";
import { createState, finish, maskFault, type ExecuteDeps } from "./execute-operation.ts";
import type { PreparedOperation } from "./prepare-operation.ts";
import { createResultStream, type ResultStream } from "./result-stream.ts";

export type { ResultStream } from "./result-stream.ts";

export function createSubscribe({
  preparer,
  logger,
}: ExecuteDeps): (request: OperationRequest) => Promise<ResultStream | ExecutionResult> {
  return async (request) => {
    try {
      request.context.record?.enter("plan");
      const prepared = await preparer.prepare(request);
      if ("errors" in prepared) return { errors: prepared.errors };
      const { source } = prepared.compiled;
      if (source === undefined && prepared.denied.length > 0) return { errors: deniedErrors(prepared.denied) };
      if (source === undefined) throw new Error("The operation is no subscription.");
      const stream = openStream(request, { prepared, source, logger });
      const { expiresAt } = request.context.principal ?? {};
      return expiresAt === undefined ? stream : expireStream(stream, expiresAt);
    } catch (error) {
      return { errors: [maskFault(error, request.context, logger)] };
    }
  };
}

interface Subscription {
  readonly prepared: PreparedOperation;
  readonly source: CompiledSource;
  readonly logger: GatewayLogger;
}

function openStream(request: OperationRequest, subscription: Subscription): ResultStream {
  const { prepared, source, logger } = subscription;
  return createResultStream<SubgraphResult>({
    parent: request.signal,
    open: (signal) => {
      const { context } = request;
      const data = prepared.compiled.createData();
      const state = createState({ data, variables: prepared.variables, context, signal, writes: false });
      const call = source.call(state);
      return call.transport.subscribe(requestOf(state, call, signal));
    },
    toMessage: (event, signal) => completeEvent(event, { ...request, signal }, subscription),
    toFailure: (error) => ({ errors: [maskFault(error, request.context, logger)] }),
  });
}

/** Each message is a request of its own to the subgraphs: it gets a fresh scope for their loaders. */
async function completeEvent(
  event: SubgraphResult,
  request: OperationRequest,
  { prepared, source, logger }: Subscription,
): Promise<ExecutionResult> {
  const { compiled, variables } = prepared;
  const context = { ...request.context, scope: {} };
  const state = createState({ data: compiled.createData(), variables, context, signal: request.signal, writes: false });
  const subgraph = source.call(state).transport.name;
  source.take(state, readResult(state, event, { subgraph, logger }));
  await compiled.run(state);
  return finish(state, compiled);
}
