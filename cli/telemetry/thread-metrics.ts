/** All metrics of one thread, on a registry of their own. Loads the metrics library. */
import { Counter, Gauge, Registry, type MetricObject } from "prom-client";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { IngestMonitor } from "../../ingest/worker/ingest-monitor.ts";
import { createGatewayMetrics } from "./gateway-metrics.ts";
import { gatherMetrics, type MetricsSnapshot, type MetricsText } from "./gather-metrics.ts";
import { createIngestMetrics, type WorkerRole } from "./ingest-metrics.ts";
import { collectLagMetrics, type LagMetricsDeps } from "./lag-metrics.ts";
import type { TelemetryDeps, TelemetryOptions } from "./open-telemetry.ts";
import { collectEventLoopLag, collectProcessMetrics } from "./process-metrics.ts";
import type { ObserveStoreCall } from "./store-calls.ts";
import { createStoreMetrics } from "./store-metrics.ts";

export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

export interface ThreadMetrics extends Disposable {
  readonly observeStore: ObserveStoreCall;
  readonly gateway: GatewayMonitor;
  ingest(worker: WorkerRole): IngestMonitor;
  collectLag(deps: LagMetricsDeps): void;
  snapshot(): Promise<MetricsSnapshot>;
  /** What there is, of our own: for the page on operations. */
  definitions(): readonly MetricDefinition[];
  gather(snapshots: readonly MetricsSnapshot[]): Promise<MetricsText>;
}

/** Metrics of the process as a whole are those of its main thread. */
export function openThreadMetrics(
  { thread, platform }: Pick<TelemetryDeps, "thread" | "platform">,
  { version, operationNames = 100 }: Pick<TelemetryOptions, "version" | "operationNames">,
): ThreadMetrics {
  const registry = new Registry();
  if (thread === "main") collectProcessMetrics(registry, { version });
  const eventLoop = collectEventLoopLag(registry, thread);
  const ingest = createIngestMetrics(registry, platform);
  return {
    observeStore: createStoreMetrics(registry),
    gateway: createGatewayMetrics(registry, operationNames),
    ingest: (worker) => ingest.monitor(worker),
    collectLag: (deps) => collectLagMetrics(registry, deps),
    snapshot: () => registry.getMetricsAsJSON(),
    definitions: () => ownMetrics(registry),
    gather: gatherMetrics,
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  };
}

function ownMetrics(registry: Registry): readonly MetricDefinition[] {
  return registry.getMetricsAsArray().flatMap((metric) => {
    const { name, help, labelNames } = metric as MetricObject & { readonly labelNames?: readonly string[] };
    if (!name.startsWith("onefold_")) return [];
    const type = metric instanceof Counter ? "counter" : metric instanceof Gauge ? "gauge" : "histogram";
    return [{ name, type, help, labels: [...(labelNames ?? [])] }];
  });
}
