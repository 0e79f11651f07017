/** Whether requests should be sent to this process: its generation serves, its stores answer, and it is not on its way out. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "../profiles/engine.ts";

/** One thing that must work for requests to be answered. */
export interface Probe {
  /** As it stands in a reason: `the state store`. */
  readonly name: string;
  /** Rejects where it does not work. Its time is bounded here. */
  readonly run: () => Promise<unknown>;
}

export interface ReadinessOptions {
  /** A probe that has not answered by then counts as failed. @default 2,000 ms */
  readonly probeTimeoutMs?: number;
  /** How long one look serves all who ask. @default 1,000 ms */
  readonly keptMs?: number;
  /** How long {@link Readiness.drain} waits at most. @default 5,000 ms */
  readonly drainMs?: number;
}

export interface Readiness {
  check(): Promise<Health>;
  /**
   * From now on not ready. Resolves once whoever has asked lately was told so, or after `drainMs`; at once where nobody
   * has asked. Doors are closed after that, so that a load balancer does not send requests to closed doors.
   */
  drain(): Promise<void>;
}

/** Who has not asked for so long is not going to. */
const ASKED_LATELY_MS = 60_000;
const DRAINING: Health = { status: "unavailable", reasons: ["The process is shutting down."] };

export function createReadiness(probes: readonly Probe[], options: ReadinessOptions = {}): Readiness {
  const { probeTimeoutMs = 2_000, keptMs = 1_000, drainMs = 5_000 } = options;
  let newest: { readonly at: number; readonly health: Promise<Health> } | null = null;
  let lastAsked = -Infinity;
  let draining = false;
  let told = (): void => {};
  return {
    async check() {
      lastAsked = performance.now();
      if (draining) {
        told();
        return DRAINING;
      }
      if (newest === null || lastAsked - newest.at > keptMs) {
        newest = { at: lastAsked, health: look(probes, probeTimeoutMs) };
      }
      const health = await newest.health;
      return (draining as boolean) ? DRAINING : health;
    },
    async drain() {
      if (draining) return;
      draining = true;
      if (performance.now() - lastAsked > ASKED_LATELY_MS) return;
      const over = new AbortController();
      const heard = new Promise<void>((resolve) => (told = resolve));
      await Promise.race([heard, sleep(drainMs, undefined, { signal: over.signal }).catch(() => undefined)]);
      over.abort();
    },
  };
}

async function look(probes: readonly Probe[], timeoutMs: number): Promise<Health> {
  const reasons = (await Promise.all(probes.map((probe) => reasonOf(probe, timeoutMs)))).filter((r) => r !== null);
  return reasons.length === 0 ? { status: "ok" } : { status: "unavailable", reasons };
}

/** Null: it works. */
async function reasonOf({ name, run }: Probe, timeoutMs: number): Promise<string | null> {
  const over = new AbortController();
  const late = sleep(timeoutMs, "late" as const, { signal: over.signal }).catch(() => "late" as const);
  try {
    const first = await Promise.race([run().then(() => "works" as const), late]);
    return first === "works" ? null : `${name} has not answered for ${String(timeoutMs)} ms.`;
  } catch (fault) {
    return `${name}: ${fault instanceof Error ? fault.message : String(fault)}`;
  } finally {
    over.abort();
  }
}
