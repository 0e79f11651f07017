/** Reads account by account, where some may be answered with an error: what is answered must be right. */
import { ask, type GraphAnswer } from "../../support/onefold-program.ts";
import type { LedgerTruth } from "./ledger-events.ts";

export interface ReadAccounts {
  /** Answers that differ from the truth. */
  readonly wrong: readonly string[];
  /** Accounts that were answered as if they had never been. */
  readonly missing: readonly string[];
  /** How many accounts were answered with an error, or not at all. */
  readonly errors: number;
}

export async function readAccounts(url: string, truth: LedgerTruth): Promise<ReadAccounts> {
  const wrong: string[] = [];
  const missing: string[] = [];
  let errors = 0;
  for (const [name, { payments, total, lastAmount, recent }] of truth.accounts) {
    const query = `{ account(id: "${name}") { payments total lastAmount recent(first: 10) { edges { node { paymentId } } } } }`;
    const answer = await ask(url, query).catch((): GraphAnswer => ({}));
    if (answer.errors !== undefined || answer.data == null) {
      errors++;
      continue;
    }
    if (answer.data["account"] === null) {
      missing.push(name);
      continue;
    }
    const edges = recent.map((paymentId) => ({ node: { paymentId } }));
    const want = { payments, total, lastAmount, recent: { edges } };
    const got = answer.data["account"];
    if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(`${name}: ${JSON.stringify(got)}`);
  }
  return { wrong, missing, errors };
}
