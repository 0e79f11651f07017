/** Traces what enters: each append to the log is a span, and its records carry that span's context on. */
import { SpanKind } from "@opentelemetry/api";
import type { EventLog } from "../../stores/ports/event-log.ts";
import { formatTraceparent, isSampled } from "./trace-context.ts";
import { endSpan, type Tracing } from "./tracing.ts";

/** Appends of every source go through here: pushes, mutations, files, the generator. */
export function traceAppends(log: EventLog, tracing: Tracing): EventLog {
  const append: EventLog["append"] = async (topic, batch) => {
    const span = tracing.start(`append ${topic}`, {
      kind: SpanKind.PRODUCER,
      attributes: {
        "messaging.system": "onefold",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        "messaging.batch.message_count": batch.records.length,
        "onefold.producer": batch.origin.producer,
      },
    });
    const context = span.spanContext();
    // What is not recorded is not written down either.
    const origin = isSampled(context) ? { ...batch.origin, traceparent: formatTraceparent(context) } : batch.origin;
    try {
      const result = await log.append(topic, { ...batch, origin });
      span.setAttribute("onefold.append.result", result.kind);
      endSpan(span);
      return result;
    } catch (fault) {
      endSpan(span, fault);
      throw fault;
    }
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === "append") return append;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
