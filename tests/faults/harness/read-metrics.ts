/** What the metrics of a process tell: what became of records, and how far the stores are behind. */
import type { Tally } from "../../../ingest/models/outcome-tallies.ts";

/** Threads answer a scrape when they come to it, and are left out if they do not in time. */
const PATIENCE_MS = 30_000;

/** What became of `records` that were new to the state store since the process started. @throws if fewer are told of */
export async function readTallies(url: string, records: number): Promise<Tally> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const tally = await readTally(url);
    const { applied, duplicates, quarantined } = tally;
    if (applied + duplicates + quarantined >= records) return tally;
    if (Date.now() > deadline)
      throw new Error(`The metrics tell of ${JSON.stringify(tally)}, not of ${String(records)}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What became of records so far, as the process tells it. */
export async function readTally(url: string): Promise<Tally> {
  const metrics = await readMetrics(url);
  const count = (outcome: string): number => {
    const label = `outcome="${outcome}"`;
    return sum(metrics.filter(({ name }) => name.startsWith("onefold_ingest_events_total{") && name.includes(label)));
  };
  const late = count("late");
  return {
    applied: count("applied") + late,
    duplicates: count("duplicate"),
    quarantined: count("quarantined"),
    late,
  };
}

/** Events that a store does not include yet, over all stores and partitions; null where that cannot be measured. */
export async function readLag(url: string): Promise<number | null> {
  const lags = (await readMetrics(url)).filter(({ name }) => name.startsWith("onefold_ingest_lag_events{"));
  return lags.length === 0 ? null : sum(lags);
}

export interface Sample {
  /** With its labels. */
  readonly name: string;
  readonly value: number;
}

export async function readMetrics(url: string): Promise<readonly Sample[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").map((line) => {
    const at = line.lastIndexOf(" ");
    return { name: line.slice(0, at), value: Number(line.slice(at + 1)) };
  });
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}
