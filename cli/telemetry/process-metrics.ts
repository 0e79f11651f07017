/** The metrics of the process: Node's own, and how late each thread's event loop runs. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";

/** CPU, memory, garbage collection, handles: once a process. */
export function collectProcessMetrics(registry: Registry, about: { readonly version: string }): void {
  // The event loop is measured by thread, below.
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith("nodejs_eventloop_lag")) registry.removeSingleMetric(name);
  }
  const info = new Gauge({
    name: "onefold_build_info",
    help: "Always 1; the label says which version runs.",
    labelNames: ["version"],
    registers: [registry],
  });
  info.set({ version: about.version }, 1);
}

/** What is measured is the time from one tick of this clock to the next, of which the interval itself is no lag. */
const EVERY_MS = 10;

/** How long a turn of this thread's event loop was late since the last scrape. Disposal ends the measuring. */
export function collectEventLoopLag(registry: Registry, thread: "main" | "ingest"): Disposable {
  const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
  delay.enable();
  new Gauge({
    name: "onefold_event_loop_lag_seconds",
    help: "How late turns of a thread's event loop were since the last scrape.",
    labelNames: ["thread", "quantile"],
    registers: [registry],
    collect() {
      for (const quantile of [0.5, 0.99, 1]) {
        const seconds = delay.count === 0 ? 0 : delay.percentile(quantile * 100) / 1e9;
        this.set({ thread, quantile }, Math.max(0, seconds - EVERY_MS / 1000));
      }
      delay.reset();
    },
  });
  return { [Symbol.dispose]: () => void delay.disable() };
}
