/** A generation whose operations are watched: everything that a door executes goes through here. */
import { getOperationAST, type ExecutionResult } from "graphql";
import { hasData, writtenBytes, type OperationAnswer } from "../execution/operation-answer.ts";
import { watchStream, type ResultStream } from "../execution/result-stream.ts";
import type { GatewayMonitor } from "../gateway-monitor.ts";
import type { Generation } from "../generation.ts";
import type { OperationRequest } from "../operation-request.ts";
import { CANCELLED } from "./fetch-record.ts";
import { OperationRecord, type OperationOutcome } from "./operation-record.ts";

export function watchGeneration(generation: Generation, monitor: GatewayMonitor | undefined): Generation {
  if (monitor === undefined) return generation;
  return {
    ...generation,
    async execute(given) {
      const { request, record } = begin(given, monitor);
      const run = (): Promise<ExecutionResult> => generation.execute(request);
      const { trace } = record;
      const answer = trace === undefined ? await run() : await trace.within(run);
      end(record, request.signal?.aborted === true ? cancelled : answer, monitor);
      return answer;
    },
    async executeIncrementally(given) {
      const { request, record } = begin(given, monitor);
      const run = (): Promise<ResultStream | ExecutionResult> => generation.executeIncrementally(request);
      const opened = await (record.trace === undefined ? run() : record.trace.within(run));
      // What comes in parts is told of with the first of them, or with its end if there is none.
      const tell = (answer: OperationAnswer | Record<string, never>): void => {
        if (!record.isEnded) end(record, answer, monitor);
      };
      if (isStream(opened)) return watchStream(opened, request.signal, { onMessage: tell, onEnd: () => tell({}) });
      tell(request.signal?.aborted === true ? cancelled : opened);
      return opened;
    },
    async subscribe(given) {
      const { request, record } = begin(given, monitor);
      const open = (): Promise<ResultStream | ExecutionResult> => generation.subscribe(request);
      const opened = await (record.trace === undefined ? open() : record.trace.within(open));
      end(record, isStream(opened) ? {} : opened, monitor);
      if (!isStream(opened)) return opened;
      return watchStream(opened, request.signal, {
        onMessage: (result) => monitor.message?.(outcomeOf(result)),
        onEnd: monitor.subscribed?.() ?? (() => undefined),
      });
    },
  };
}

/** An operation that is answered with what another one of the same request comes to, which is under way. */
export async function watchShared<Answer extends { readonly answer: OperationAnswer }>(
  given: OperationRequest,
  running: Promise<Answer>,
  monitor: GatewayMonitor | undefined,
): Promise<Answer> {
  if (monitor === undefined) return running;
  const { record } = begin(given, monitor);
  record.isShared = true;
  record.enter("fetch");
  const shared = await running;
  end(record, shared.answer, monitor);
  return shared;
}

/** The same request, whose record is the one that is told of. */
function begin(
  given: OperationRequest,
  monitor: GatewayMonitor,
): { readonly request: OperationRequest; readonly record: OperationRecord } {
  const { context, document, operationName } = given;
  const record = context.record ?? new OperationRecord("other");
  const request = context.record === undefined ? { ...given, context: { ...context, record } } : given;
  const operation = getOperationAST(document, operationName);
  record.type = operation?.operation ?? "query";
  record.name = operation?.name?.value ?? null;
  record.operation = operation ?? undefined;
  record.requestId = context.requestId;
  record.trace = monitor.trace?.(record, context);
  monitor.begun?.(record);
  return { request, record };
}

/** What the client that has gone would have got says nothing. */
const cancelled: Record<string, never> = {};

function end(record: OperationRecord, answer: OperationAnswer | Record<string, never>, monitor: GatewayMonitor): void {
  record.end();
  record.outcome = answer === cancelled ? "cancelled" : outcomeOf(answer);
  record.code = answer === cancelled ? CANCELLED : codeOf(answer);
  record.bytes = writtenBytes(answer);
  record.trace?.end(record);
  monitor.ended?.(record);
}

export function outcomeOf(answer: OperationAnswer): OperationOutcome {
  if (answer.errors === undefined || answer.errors.length === 0) return "ok";
  return hasData(answer) ? "partial" : "failed";
}

/** The stable code of an answer's first error; null: there is none. */
export function codeOf({ errors }: { readonly errors?: readonly Coded[] }): string | null {
  const [first] = errors ?? [];
  if (first === undefined) return null;
  const code = first.extensions?.["code"];
  return typeof code === "string" ? code : "UNKNOWN";
}

interface Coded {
  readonly extensions?: Readonly<Record<string, unknown>>;
}

function isStream(result: ResultStream | ExecutionResult): result is ResultStream {
  return Symbol.asyncIterator in result;
}
