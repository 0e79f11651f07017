/** Asks the graph again and again while something fails: answers must be right, or say that there is none. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GraphAnswer } from "../../support/onefold-program.ts";
import type { LedgerTruth } from "./ledger-events.ts";

interface AccountCounts {
  readonly payments?: number | null;
  readonly minutes?: readonly { readonly payments: number }[] | null;
}

export interface AnswerWatch extends AsyncDisposable {
  /** Answers with data. */
  readonly right: number;
  /** Answers that say why there is none, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Answers that are wrong, or did not come in time. */
  readonly wrong: readonly string[];
}

/** Far beyond the gateway's own deadline: only an answer that never comes takes as long. */
const LIMIT_MS = 45_000;
const EVERY_MS = 20;
const HOUR = 3_600_000;

const honest = new Set(["STORE_REBUILDING", "STORE_UNAVAILABLE", "REQUEST_TIMEOUT", "SUBGRAPH_UNAVAILABLE"]);

/** No count of an account may ever be below what was answered before, or above the truth. */
export async function watchAnswers(url: string, truth: LedgerTruth): Promise<AnswerWatch> {
  const names = [...truth.accounts.keys()].slice(0, 10);
  const hours = [...truth.hours.keys()];
  const range = `from: "${iso(Math.min(...hours))}", to: "${iso(Math.max(...hours) + HOUR)}"`;
  const selection = `{ payments minutes(every: HOUR, ${range}) { payments } }`;
  const query = `{ ${names.map((name, i) => `a${String(i)}: account(id: "${name}") ${selection}`).join("\n")} }`;
  const known = new Map<string, number>();
  const refused: Record<string, number> = {};
  const wrong: string[] = [];
  let right = 0;
  let ends = false;

  const checkCount = (what: string, count: number | null, most: number, codes: readonly string[]): void => {
    const before = known.get(what) ?? 0;
    // Nothing at all is no answer only where that is said.
    if (count === null ? codes.length === 0 && before > 0 : count < before || count > most) {
      wrong.push(`${what} has ${String(count)} payments after ${String(before)}, of ${String(most)}`);
    }
    if (count !== null) known.set(what, count);
  };
  const check = (answer: GraphAnswer): void => {
    const codes = answer.errors?.map(({ extensions }) => String(extensions?.["code"])) ?? [];
    for (const code of new Set(codes)) {
      refused[code] = (refused[code] ?? 0) + 1;
      if (!honest.has(code)) wrong.push(JSON.stringify(answer.errors));
    }
    for (const [i, name] of names.entries()) {
      const account = answer.data?.[`a${String(i)}`] as AccountCounts | null | undefined;
      const most = truth.accounts.get(name)?.payments ?? 0;
      checkCount(`${name} in the state`, account?.payments ?? null, most, codes);
      const inSeries = account?.minutes?.reduce((sum, { payments }) => sum + payments, 0) ?? null;
      checkCount(`${name} in the series`, inSeries, most, codes);
    }
    if (codes.length === 0) right++;
  };
  const askOnce = async (): Promise<void> => {
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    check((await answer.json()) as GraphAnswer);
  };
  const run = async (): Promise<void> => {
    while (!ends) {
      await askOnce().catch((fault: unknown) => void wrong.push(String(fault)));
      await sleep(EVERY_MS);
    }
  };
  await askOnce();
  const running = run();
  return {
    get right() {
      return right;
    },
    ...{ refused, wrong },
    async [Symbol.asyncDispose]() {
      ends = true;
      await running;
    },
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
