/** Traces the gateway: an operation is a span below the caller's own, and each read of a subgraph one below that. */
import { SpanKind, trace, type Attributes, type Context } from "@opentelemetry/api";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import { contextOf, parseTraceparent } from "./trace-context.ts";
import { endSpan, type Tracing } from "./tracing.ts";

/** The part of a request by which a caller hands its trace on. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The context of the caller that sent these headers; the root where it sent none. */
export function callerContext(headers: Headers): Context {
  const text = headers["traceparent"];
  return contextOf(parseTraceparent(typeof text === "string" ? text : undefined));
}

export function createGatewayTracer(tracing: Tracing): GatewayMonitor {
  return {
    async operation({ type, name, context }, run, outcomeOf) {
      const attributes: Attributes = { "graphql.operation.type": type, "onefold.request.id": context.requestId };
      if (name !== null) attributes["graphql.operation.name"] = name;
      const span = tracing.start(
        `graphql ${type}`,
        { kind: SpanKind.SERVER, attributes },
        callerContext(context.headers),
      );
      try {
        const result = await tracing.within(span, run);
        span.setAttribute("onefold.outcome", outcomeOf(result));
        endSpan(span);
        return result;
      } catch (fault) {
        endSpan(span, fault);
        throw fault;
      }
    },
    async call({ subgraph }, run, outcomeOf) {
      // Messages of a subscription belong to no request that is still open.
      if (trace.getSpan(tracing.current()) === undefined) return run();
      const span = tracing.start(`subgraph ${subgraph}`, { kind: SpanKind.CLIENT, attributes: { subgraph } });
      try {
        const result = await tracing.within(span, run);
        const outcome = outcomeOf(result);
        span.setAttribute("onefold.outcome", outcome);
        if (outcome === "unavailable") endSpan(span, new Error("The subgraph did not answer."));
        else endSpan(span);
        return result;
      } catch (fault) {
        endSpan(span, fault);
        throw fault;
      }
    },
    subscribed: () => () => undefined,
    reloaded: () => undefined,
    message: () => undefined,
  };
}
