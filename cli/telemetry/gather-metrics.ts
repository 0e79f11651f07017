/** Puts the metrics of several threads together into one text, as a Prometheus server reads it. */
import { AggregatorRegistry, Registry } from "prom-client";

/** A registry's content as plain data, which can be sent between threads. */
export type MetricsSnapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** Counters and histograms of the same name and labels are added up; so are gauges, whose labels tell threads apart. */
export async function gatherMetrics(snapshots: readonly MetricsSnapshot[]): Promise<MetricsText> {
  // Each process metric comes from one thread only: left to the library, some of them would be dropped.
  const summed = snapshots.map((metrics) => metrics.map((metric) => ({ ...metric, aggregator: "sum" as const })));
  const all = AggregatorRegistry.aggregate(summed);
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await all.metrics() };
}
