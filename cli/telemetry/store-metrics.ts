/** The metrics of store round-trips: calls, errors and time by store and method. */
import { Counter, Histogram, type Registry } from "prom-client";
import { OnefoldError } from "../../schema/errors.ts";
import type { ObserveStoreCall } from "./store-calls.ts";

export function createStoreMetrics(registry: Registry): ObserveStoreCall {
  const registers = [registry];
  const labelNames = ["store", "method"] as const;
  const calls = new Counter({
    name: "onefold_store_calls_total",
    help: "Round-trips to a store.",
    labelNames,
    registers,
  });
  const errors = new Counter({
    name: "onefold_store_errors_total",
    help: "Round-trips to a store that failed, by error code.",
    labelNames: [...labelNames, "code"],
    registers,
  });
  const duration = new Histogram({
    name: "onefold_store_call_seconds",
    help: "Time of a round-trip to a store. Reads that wait for new records are left out.",
    labelNames,
    buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  return ({ store, method, seconds, fault }) => {
    calls.inc({ store, method });
    if (seconds !== null) duration.observe({ store, method }, seconds);
    if (fault === undefined) return;
    errors.inc({ store, method, code: fault instanceof OnefoldError ? fault.code : "UNKNOWN" });
  };
}
