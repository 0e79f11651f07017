/** Compares all that a schedule left behind with what the raw records say, and lists what differs. */
import { readTallies } from "../../ingest/models/outcome-tallies.ts";
import { foldMarket, type MarketTruth } from "./market-truth.ts";
import { differences, observeHistory, observeQuarantine, observeSeries, observeState } from "./observe-market.ts";
import type { Cast } from "./run-schedule.ts";
import { missedChanges } from "./subscriber.ts";

export async function compareWithTruth(cast: Cast): Promise<readonly string[]> {
  const { world, workers, subscriber } = cast;
  const truth = foldMarket(world.journal, world.settings.dedupeWindow);
  const found: string[] = [];
  for (const generation of cast.generations) found.push(...(await compareModels(cast, generation, truth)));
  found.push(...differences("quarantine", await observeQuarantine(world.log), truth.quarantine));
  found.push(...compareSources(cast));
  found.push(...subscriber.complaints.slice(0, 5));
  found.push(
    ...missedChanges(subscriber, truth.changes)
      .slice(0, 5)
      .map((change) => `never told: ${change}`),
  );
  for (const { entity, key, includes, value } of subscriber.readings) {
    const want = truth.valueAt(entity, key, includes);
    if (value !== want) {
      found.push(`a read of ${entity} ${key} at ${JSON.stringify(includes)} gave ${String(value)} for ${String(want)}`);
    }
  }
  for (const { fault } of workers) if (fault !== null) found.push(`a worker rejected: ${JSON.stringify(fault)}`);
  return found;
}

async function compareModels(cast: Cast, generation: number, truth: MarketTruth): Promise<readonly string[]> {
  const { state, series, places } = cast.world;
  const found = await observeState(state, generation);
  return [
    ...differences("state", found, truth.state),
    ...differences("series", await observeSeries(series, generation, found), truth.series),
    ...differences("history", await observeHistory(series, generation, places), truth.history),
    ...(await compareTallies(cast, generation, truth)),
  ].map((difference) => `g${String(generation)} ${difference}`);
}

/** History has only what was applied: of what the log no longer holds, no other outcome can be counted again. */
async function compareTallies({ world }: Cast, generation: number, truth: MarketTruth): Promise<readonly string[]> {
  const { hits, state } = world;
  if (hits.has("log-trimmed") && (generation > 1 || hits.has("state-lost") || hits.has("shards-lost"))) return [];
  const producers = [...truth.tallies.keys()];
  const tallies = await readTallies(state, generation, producers);
  const got = tallies.map(({ applied, duplicates, quarantined, late }, i) => {
    return [producers[i] ?? "", [applied, duplicates, quarantined, late].join(" ")] as const;
  });
  return differences("tallies", new Map(got), truth.tallies);
}

/** What was acknowledged is in the log; the lines of a file are in it once each. */
function compareSources({ world, sources }: Cast): readonly string[] {
  const pushed = new Map<string, number>();
  const lines = new Map<number, string[]>();
  for (const { producer, sequence, text } of world.journal) {
    if (sequence === null) pushed.set(text, (pushed.get(text) ?? 0) + 1);
    else if (producer.startsWith("file:")) lines.set(sequence, [...(lines.get(sequence) ?? []), text]);
  }
  const found: string[] = [];
  for (const text of sources.acknowledged) {
    const left = (pushed.get(text) ?? 0) - 1;
    if (left < 0) found.push(`acknowledged and not in the log: ${text}`);
    pushed.set(text, left);
  }
  for (const [i, text] of sources.lines.entries()) {
    const got = lines.get(i + 1) ?? [];
    if (got.length !== 1 || got[0] !== text)
      found.push(`line ${String(i + 1)} is in the log as ${JSON.stringify(got)}`);
  }
  if (lines.size > sources.lines.length)
    found.push(`${String(lines.size)} lines came of ${String(sources.lines.length)}`);
  return found.slice(0, 5);
}
