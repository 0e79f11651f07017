/** Waits until everything that was produced is answered, then compares every value, and tells how long it took. */
import { askReached, compareLedger } from "./compare-ledger.ts";
import type { LedgerTruth } from "./ledger-events.ts";
import { readLag } from "./read-metrics.ts";

export interface Recovery {
  /** From the call until the answers included everything. */
  readonly recoveredMs: number;
  readonly differences: readonly string[];
}

const LIMIT_MS = 120_000;

/** @throws where not everything is answered in time */
export async function recover(url: string, truth: LedgerTruth): Promise<Recovery> {
  const started = performance.now();
  for (;;) {
    const reached = await askReached(url, truth);
    if (reached !== null && Math.min(reached.state, reached.series) >= truth.payments) break;
    if (performance.now() - started > LIMIT_MS) {
      throw new Error(`Not all of ${String(truth.payments)} payments are answered: ${JSON.stringify(reached)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const recoveredMs = Math.round(performance.now() - started);
  // What came first in a flush may be answered before the rest of it is there.
  while ((await readLag(url)) !== 0) {
    if (performance.now() - started > LIMIT_MS) throw new Error(`The lag is ${String(await readLag(url))} events.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { recoveredMs, differences: await compareLedger(url, truth) };
}
