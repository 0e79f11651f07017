/** Logs when a store goes away and when it is back: one line each, however many calls fail between. */
import { OnefoldError } from "../../schema/errors.ts";
import { faultFields, type WriteLogEvent } from "./log-event.ts";
import type { ObserveStoreCall, StoreName } from "./store-calls.ts";

interface Outage {
  readonly since: number;
  calls: number;
}

/** A store is away while its calls end with STORE_UNAVAILABLE, or with a fault that has no code. */
export function createStoreLog(write: WriteLogEvent, clock: () => number = Date.now): ObserveStoreCall {
  const outages = new Map<StoreName, Outage>();
  return ({ store, method, fault }) => {
    const outage = outages.get(store);
    if (fault === undefined) {
      if (outage === undefined) return;
      outages.delete(store);
      const fields = { store, downMs: clock() - outage.since, failedCalls: outage.calls };
      write({ level: "info", event: "store.available", message: `The ${store} store answers again.`, fields });
      return;
    }
    if (!tellsOutage(fault)) return;
    if (outage !== undefined) {
      outage.calls++;
      return;
    }
    outages.set(store, { since: clock(), calls: 1 });
    const fields = { store, method, ...faultFields(fault) };
    write({ level: "error", event: "store.unavailable", message: `The ${store} store does not answer.`, fields });
  };
}

function tellsOutage(fault: unknown): boolean {
  if (fault instanceof OnefoldError) return fault.code === "STORE_UNAVAILABLE";
  return !(fault instanceof Error && fault.name === "AbortError");
}
