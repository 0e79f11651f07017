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
import { tooSlow } from "../transport/remote-stream.ts";
import { createResultStream, type ResultStream } from "./result-stream.ts";
import { SharedSubscriptions, type SharingRule } from "./shared-subscriptions.ts";

export type { ResultStream } from "./result-stream.ts";

export interface SubscribeDeps extends ExecuteDeps {
  /** Null: each client has its own. */
  readonly sharing: SharingRule | null;
}

export function createSubscribe({
  preparer,
  logger,
  sharing,
}: SubscribeDeps): (request: OperationRequest) => Promise<ResultStream | ExecutionResult> {
  const shared = sharing === null ? undefined : new SharedSubscriptions(sharing);
  return async (request) => {
    try {
      request.context.record?.enter("plan");
      const prepared = await preparer.prepare(request);
      if ("errors" in prepared) return { errors: prepared.errors };
      const { source } = prepared.compiled;
      if (source === undefined && prepared.denied.length > 0) return { errors: deniedErrors(prepared.denied) };
      if (source === undefined) throw new Error("The operation is no subscription.");
      const subscription: Subscription = { prepared, source, logger };
      const stream = openShared(request, subscription, shared) ?? openStream(request, subscription);
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
  return createResultStream<SubgraphResult>({
    parent: request.signal,
    open: (signal) => subscribe({ ...request, signal }, subscription),
    toMessage: (event, signal) => completeEvent(event, { ...request, signal }, subscription),
    toFailure: failureOf(request, subscription),
  });
}

/** Undefined where it may not be shared. The subgraph sees the headers of the client that came first. */
function openShared(
  request: OperationRequest,
  subscription: Subscription,
  shared: SharedSubscriptions | undefined,
): ResultStream | undefined {
  const { prepared, source } = subscription;
  const { messageKind, name } = source.transport;
  if (shared === undefined || messageKind === undefined) return undefined;
  const toFailure = failureOf(request, subscription);
  return createResultStream<ExecutionResult>({
    parent: request.signal,
    open: () =>
      shared
        .find(request, prepared, {
          messageKind,
          open: (signal) => subscribe({ ...request, signal }, subscription),
          toMessage: (event, signal) => completeEvent(event, { ...request, signal }, subscription),
          tooSlow: tooSlow(name),
        })
        .join(toFailure),
    toMessage: (message) => Promise.resolve(message),
    toFailure,
  });
}

function subscribe(
  { context, signal }: OperationRequest,
  { prepared: { compiled, variables }, source }: Subscription,
): AsyncIterable<SubgraphResult> {
  const state = createState({ data: compiled.createData(), variables, context, signal, writes: false });
  return source.transport.subscribe(requestOf(state, source.call(state), signal));
}

function failureOf({ context }: OperationRequest, { logger }: Subscription): (error: unknown) => ExecutionResult {
  return (error) => ({ errors: [maskFault(error, context, logger)] });
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
  source.take(state, readResult(state, event, { subgraph: source.transport.name, logger }));
  await compiled.run(state);
  return finish(state, compiled);
}
