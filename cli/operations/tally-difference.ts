/** What became of a command's own records, as the difference of two tallies. */
import { emptyTally, type Tally } from "../../ingest/models/outcome-tallies.ts";
import type { Engine } from "../profiles/engine.ts";
import type { IngestResult } from "./operation.ts";

/** What became of one producer's records so far. */
export async function tallyOf(engine: Pick<Engine, "tallies">, producer: string): Promise<Tally> {
  return (await engine.tallies([producer]))[0] ?? emptyTally;
}

export function processed({ applied, duplicates, quarantined }: Tally): number {
  return applied + duplicates + quarantined;
}

/** Of `read` records `appended` were new to the log. What ingest did not call a duplicate or quarantine was applied. */
export function ingestResult(
  counts: { readonly read: number; readonly appended: number; readonly seconds: number },
  before: Tally,
  after: Tally,
): IngestResult {
  const { read, appended, seconds } = counts;
  const quarantined = Math.min(appended, after.quarantined - before.quarantined);
  const repeated = Math.min(appended - quarantined, after.duplicates - before.duplicates);
  return {
    read,
    applied: appended - quarantined - repeated,
    duplicates: read - appended + repeated,
    quarantined,
    seconds: Math.round(seconds * 1000) / 1000,
  };
}
