/** Telemetry of one thread, assembled: what is switched on watches stores, ingest and gateway; what is off is not loaded. */
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import { silentMonitor, type IngestMonitor } from "../../ingest/worker/ingest-monitor.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { combineGatewayMonitors, combineIngestMonitors } from "./combine-monitors.ts";
import type { MetricsSnapshot, MetricsText } from "./gather-metrics.ts";
import type { WorkerRole } from "./ingest-metrics.ts";
import type { LagMetricsDeps } from "./lag-metrics.ts";
import type { WriteLogEvent } from "./log-event.ts";
import { createIngestLog } from "./log-ingest.ts";
import { createSlowOperationLog } from "./log-slow-operations.ts";
import { createStoreLog } from "./log-stores.ts";
import { watchStores, type ObserveStoreCall, type StorePorts } from "./store-calls.ts";
import type { ThreadMetrics } from "./thread-metrics.ts";
import type { TracingOptions } from "./tracing.ts";

/** Plain data: it is handed to threads. */
export interface TelemetryOptions {
  readonly metrics: boolean;
  /** Null: no traces are made, and nothing of OpenTelemetry is loaded. */
  readonly tracing: TracingOptions | null;
  /** Of Onefold. */
  readonly version: string;
  /** How many operations metrics keep apart by name. @default 100 */
  readonly operationNames?: number;
  /** Operations of the gateway that take longer are logged, in milliseconds; null: none. @default null */
  readonly slowOperationMs?: number | null;
}

export interface TelemetryDeps {
  readonly thread: "main" | "ingest";
  readonly platform: Pick<PlatformModel, "sources">;
  readonly write: WriteLogEvent;
}

/** Disposal sends the spans that wait. */
export interface Telemetry extends AsyncDisposable {
  readonly options: TelemetryOptions;
  readonly write: WriteLogEvent;
  /** The same stores, watched; appends to the log are traced. Streams of theirs are not watched. */
  watchStores<Ports extends Partial<StorePorts>>(ports: Ports): Ports;
  ingestMonitor(worker: WorkerRole): IngestMonitor;
  /** Undefined: nothing watches, at no cost. */
  readonly gatewayMonitor: GatewayMonitor | undefined;
  /** Runs what a caller asked for by HTTP below the caller's own trace. */
  belowCaller<T>(headers: Readonly<Record<string, string | string[] | undefined>>, work: () => T): T;
  collectLag(deps: LagMetricsDeps): void;
  /** This thread's metrics as plain data; null where they are switched off. */
  snapshot(): Promise<MetricsSnapshot | null>;
  /** Other threads whose metrics belong to those of this process; null from one that does not answer. */
  addSource(source: () => Promise<MetricsSnapshot | null>): void;
  /** All metrics of the process; null where they are switched off. */
  metrics(): Promise<MetricsText | null>;
}

export async function openTelemetry(options: TelemetryOptions, deps: TelemetryDeps): Promise<Telemetry> {
  const metrics = options.metrics ? await loadMetrics(deps, options) : null;
  const traces = options.tracing === null ? null : await loadTraces(options.tracing, options.version);
  const sources: (() => Promise<MetricsSnapshot | null>)[] = [];
  const observers = [createStoreLog(deps.write), metrics?.observeStore].filter((each) => each !== undefined);
  const observe: ObserveStoreCall = (call) => observers.forEach((observer) => observer(call));
  const snapshot = async (): Promise<MetricsSnapshot | null> => (await metrics?.snapshot()) ?? null;
  return {
    options,
    write: deps.write,
    watchStores(ports) {
      const watched = watchStores(ports, observe);
      if (traces === null || watched.log === undefined) return watched;
      return { ...watched, log: traces.appends(watched.log) };
    },
    ingestMonitor(worker) {
      const log = createIngestLog(deps.write, { worker });
      return combineIngestMonitors([log, metrics?.ingest(worker) ?? silentMonitor, traces?.ingest ?? silentMonitor]);
    },
    gatewayMonitor: gatewayMonitor([metrics?.gateway, traces?.gateway, slowOperations(options, deps.write)]),
    belowCaller: (headers, work) => (traces === null ? work() : traces.belowCaller(headers, work)),
    collectLag: (lag) => metrics?.collectLag(lag),
    snapshot,
    addSource: (source) => void sources.push(source),
    async metrics() {
      if (metrics === null) return null;
      const snapshots = await Promise.all([snapshot, ...sources].map((source) => source()));
      return metrics.gather(snapshots.filter((each) => each !== null));
    },
    async [Symbol.asyncDispose]() {
      metrics?.[Symbol.dispose]();
      await traces?.[Symbol.asyncDispose]();
    },
  };
}

function gatewayMonitor(monitors: readonly (GatewayMonitor | undefined)[]): GatewayMonitor | undefined {
  const present = monitors.filter((monitor) => monitor !== undefined);
  return present.length === 0 ? undefined : combineGatewayMonitors(present);
}

function slowOperations(
  { slowOperationMs = null }: TelemetryOptions,
  write: WriteLogEvent,
): GatewayMonitor | undefined {
  return slowOperationMs === null ? undefined : createSlowOperationLog(write, { thresholdMs: slowOperationMs });
}

async function loadMetrics(deps: TelemetryDeps, options: TelemetryOptions): Promise<ThreadMetrics> {
  const { openThreadMetrics } = await import("./thread-metrics.ts");
  return openThreadMetrics(deps, options);
}

async function loadTraces(tracing: TracingOptions, version: string) {
  const { openThreadTraces } = await import("./thread-traces.ts");
  return openThreadTraces({ serviceVersion: version, ...tracing });
}
