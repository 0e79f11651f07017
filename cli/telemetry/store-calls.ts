/** Watches the calls of store ports: a thin wrapper around the methods that are round-trips. */
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { SeriesStore } from "../../stores/ports/series-store.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";

export type StoreName = "log" | "state" | "series" | "changes";

export interface StoreCall {
  readonly store: StoreName;
  readonly method: string;
  /** Null: the call may wait for something to come, so its time says nothing. */
  readonly seconds: number | null;
  /** Undefined: it succeeded. */
  readonly fault: unknown;
}

export type ObserveStoreCall = (call: StoreCall) => void;

export interface StorePorts {
  readonly log: EventLog;
  readonly state: StateStore;
  readonly series: SeriesStore;
  readonly changes: ChangeFeed;
}

/** Of each port, the methods that are one round-trip. Streams are left as they are. */
const watched = {
  log: ["createTopic", "append", "read", "ranges", "producers", "trim"],
  state: ["apply", "read", "fences", "generations", "serve"],
  series: ["prepare", "write", "fences", "readSeries", "readRanking", "readHistory", "drop"],
  changes: ["publish", "ends", "trim"],
} as const satisfies { readonly [Name in StoreName]: readonly (keyof StorePorts[Name])[] };

/** The same stores, whose calls are observed. Disposing them disposes the stores. */
export function watchStores<Ports extends Partial<StorePorts>>(ports: Ports, observe: ObserveStoreCall): Ports {
  const names = Object.keys(watched) as StoreName[];
  return Object.fromEntries(
    names.flatMap((name) => {
      const port = ports[name];
      return port === undefined ? [] : [[name, watchStore(name, port, observe)]];
    }),
  ) as Ports;
}

function watchStore<Port extends object>(store: StoreName, port: Port, observe: ObserveStoreCall): Port {
  const methods = new Map<string | symbol, unknown>();
  const names = new Set<string | symbol>(watched[store]);
  return new Proxy(port, {
    get(target, name) {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      // Adapters keep private fields, which only their own `this` reaches.
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      const made = names.has(name) ? watchMethod({ store, method: String(name) }, method, observe) : method;
      methods.set(name, made);
      return made;
    },
  });
}

function watchMethod(
  of: Pick<StoreCall, "store" | "method">,
  method: (...args: unknown[]) => unknown,
  observe: ObserveStoreCall,
): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    const started = performance.now();
    const secondsNow = (): number | null => (mayWait(args) ? null : (performance.now() - started) / 1000);
    try {
      const result = await method(...args);
      observe({ ...of, seconds: secondsNow(), fault: undefined });
      return result;
    } catch (fault) {
      observe({ ...of, seconds: secondsNow(), fault });
      throw fault;
    }
  };
}

/** A read that is given time to wait for records. */
function mayWait(args: readonly unknown[]): boolean {
  const last = args.at(-1);
  return typeof last === "object" && last !== null && "waitMs" in last && Number(last.waitMs) > 0;
}
