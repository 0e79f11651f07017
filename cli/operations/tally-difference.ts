/** What became of a command's own records, as the difference of two tallies. */
import type { Tally } from "../../ingest/worker/progress.ts";
import type { IngestResult } from "./operation.ts";

/**
 * Of `read` records `appended` were new to the log. What ingest did not call a duplicate or quarantine was applied, also
 * where a fault of the worker took its own count along.
 */
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
