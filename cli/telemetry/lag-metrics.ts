/** The metrics of lag, and of which generation serves: asked of the stores when they are scraped. */
import { Gauge, type Registry } from "prom-client";
import type { PartitionLag } from "../operations/measure-lag.ts";

export interface LagMetricsDeps {
  /** Measures now. May reject where a store does not answer: the gauges are then absent. */
  readonly measure: () => Promise<readonly PartitionLag[]>;
  /** Null while models are being built. */
  readonly generation: () => number | null;
}

/** How long one measurement serves: several scrapers at once cost one. */
const KEPT_MS = 1_000;

export function collectLagMetrics(registry: Registry, { measure, generation }: LagMetricsDeps): void {
  const registers = [registry];
  const labelNames = ["source", "partition", "store"] as const;
  const latest = keptFor(KEPT_MS, measure);
  const perStore = (name: string, help: string, of: (lag: PartitionLag["state"]) => number | null): void => {
    const gauge: Gauge<(typeof labelNames)[number]> = new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        gauge.reset();
        for (const { source, partition, state, series } of await latest()) {
          for (const [store, lag] of Object.entries({ state, series })) {
            const value = of(lag);
            if (value !== null) gauge.set({ source, partition, store }, value);
          }
        }
      },
    });
  };
  perStore(
    "onefold_ingest_lag_events",
    "Records of the log that a store does not include yet.",
    ({ events }) => events,
  );
  perStore(
    "onefold_ingest_lag_seconds",
    "Age of the oldest record that a store does not include yet; 0 where it includes all.",
    ({ seconds }) => seconds,
  );
  const end: Gauge<"source" | "partition"> = new Gauge({
    name: "onefold_log_end_offset",
    help: "Where the log of a source ends.",
    labelNames: ["source", "partition"],
    registers,
    async collect() {
      end.reset();
      for (const { source, partition, end: offset } of await latest()) end.set({ source, partition }, offset);
    },
  });
  const serving: Gauge = new Gauge({
    name: "onefold_generation",
    help: "The generation of models that serves; 0 while models are being built.",
    registers,
    collect: () => serving.set(generation() ?? 0),
  });
}

/** What cannot be measured gives no numbers, and leaves the other metrics alone. */
function keptFor(ms: number, measure: LagMetricsDeps["measure"]): LagMetricsDeps["measure"] {
  let newest: { readonly at: number; readonly lags: Promise<readonly PartitionLag[]> } | null = null;
  return () => {
    const now = performance.now();
    if (newest === null || now - newest.at > ms) newest = { at: now, lags: measure().catch(() => []) };
    return newest.lags;
  };
}
