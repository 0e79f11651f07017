/** Tells the metrics of one process from those of others: each series stays one, however often its process starts again. */
import type { MetricsSnapshot } from "../../telemetry/gather-metrics.ts";

export function labelProcess(snapshot: MetricsSnapshot, number: number): MetricsSnapshot {
  return snapshot.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, process: String(number) } })),
  }));
}
