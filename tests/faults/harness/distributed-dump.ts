/** Everything that the graph tells of the ledger, as one hash: the same models give the same hash, estimates too. */
import { createHash } from "node:crypto";
import { askData } from "../../support/onefold-program.ts";
import type { LedgerTruth } from "./ledger-events.ts";

const HOUR = 3_600_000;

export async function dumpLedger(url: string, truth: LedgerTruth): Promise<string> {
  const hash = createHash("sha256");
  const hours = [...truth.hours.keys()].sort((a, b) => a - b);
  const range = `from: "${iso(hours[0] ?? 0)}", to: "${iso((hours.at(-1) ?? 0) + HOUR)}"`;
  const buckets = "{ bucket payments total different }";
  for (const name of [...truth.accounts.keys()].sort()) {
    const data = await askData(
      url,
      `{ account(id: "${name}") { id payments total different lastAmount firstPayment
        recent(first: 10) { edges { node { paymentId account amount at } } }
        minutes(every: MINUTE, ${range}) ${buckets}
        hours: minutes(every: HOUR, ${range}) ${buckets} } }`,
    );
    hash.update(JSON.stringify(data));
  }
  for (const hour of hours) {
    const data = await askData(
      url,
      `{ busyAccounts(at: "${iso(hour)}", first: 100) { rank payments account { id } } }`,
    );
    hash.update(JSON.stringify(data));
  }
  return hash.digest("hex");
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
