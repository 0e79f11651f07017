/** All traces of one thread. Loads OpenTelemetry. */
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { IngestMonitor } from "../../ingest/worker/ingest-monitor.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import { traceAppends } from "./trace-appends.ts";
import { callerContext, createGatewayTracer } from "./trace-gateway.ts";
import { createIngestTracer } from "./trace-ingest.ts";
import { openTracing, type TracingOptions } from "./tracing.ts";

export interface ThreadTraces extends AsyncDisposable {
  readonly ingest: IngestMonitor;
  readonly gateway: GatewayMonitor;
  appends(log: EventLog): EventLog;
  belowCaller<T>(headers: Readonly<Record<string, string | string[] | undefined>>, work: () => T): T;
}

export function openThreadTraces(options: TracingOptions): ThreadTraces {
  const tracing = openTracing(options);
  return {
    ingest: createIngestTracer(tracing),
    gateway: createGatewayTracer(tracing),
    appends: (log) => traceAppends(log, tracing),
    belowCaller: (headers, work) => tracing.below(callerContext(headers), work),
    [Symbol.asyncDispose]: () => tracing[Symbol.asyncDispose](),
  };
}
