/** OpenTelemetry tracing of one thread: spans are sampled, batched and sent to a collector over HTTP. */
import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span, type SpanOptions } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/** Plain data: it is handed to threads. */
export interface TracingOptions {
  /** Where the collector takes traces: `http://collector:4318/v1/traces`. */
  readonly otlpEndpoint: string;
  /** Of traces that begin here, how many are recorded, from 0 to 1. A caller's own decision is kept. @default 1 */
  readonly sampleRatio?: number;
  /** @default "onefold" */
  readonly serviceName?: string;
  /** @default "unknown" */
  readonly serviceVersion?: string;
  /** How long spans are gathered before they are sent. @default 1,000 ms */
  readonly flushIntervalMs?: number;
}

/** Disposal sends what is still waiting, for at most five seconds. */
export interface Tracing extends AsyncDisposable {
  start(name: string, options: SpanOptions, parent?: Context): Span;
  /** The context that surrounding work set; the root where there is none. */
  current(): Context;
  /** Runs work whose spans become children of `span`. */
  within<T>(span: Span, work: () => T): T;
  /** Runs work below a context that came from elsewhere. */
  below<T>(context: Context, work: () => T): T;
}

const SHUTDOWN_MS = 5_000;

/** Registers nothing globally: whoever is given the result traces, and nobody else. */
export function openTracing(options: TracingOptions): Tracing {
  const { otlpEndpoint, sampleRatio = 1, serviceName = "onefold", serviceVersion = "unknown" } = options;
  const exporter = new OTLPTraceExporter({ url: otlpEndpoint, timeoutMillis: SHUTDOWN_MS });
  const processor = new BatchSpanProcessor(exporter, { scheduledDelayMillis: options.flushIntervalMs ?? 1_000 });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "service.version": serviceVersion }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [processor],
    forceFlushTimeoutMillis: SHUTDOWN_MS,
  });
  const tracer = provider.getTracer("onefold", serviceVersion);
  const contexts = new AsyncLocalStorage<Context>();
  const current = (): Context => contexts.getStore() ?? ROOT_CONTEXT;
  return {
    start: (name, spanOptions, parent = current()) => tracer.startSpan(name, spanOptions, parent),
    current,
    within: (span, work) => contexts.run(trace.setSpan(current(), span), work),
    below: (context, work) => contexts.run(context, work),
    async [Symbol.asyncDispose]() {
      // A collector that is down costs spans, and never the shutdown.
      await provider.shutdown().catch(() => undefined);
    },
  };
}

/** Ends a span, with the fault that ended its work. */
export function endSpan(span: Span, fault?: unknown): void {
  if (fault !== undefined) {
    const error = fault instanceof Error ? fault : new Error("It failed.", { cause: fault });
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span.end();
}
