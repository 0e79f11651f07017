/** Reads every model value of the ledger through GraphQL, and lists what differs from the truth. */
import { ask, type GraphAnswer } from "../../support/onefold-program.ts";
import type { AccountTruth, BucketTruth, LedgerTruth } from "./ledger-events.ts";

/** How many accounts one document asks for. */
const PAGE = 20;
const ATTEMPTS = 10;
const MINUTE = 60_000;

interface BucketAnswer extends BucketTruth {
  readonly different: number;
}

interface AccountAnswer extends BucketAnswer {
  readonly lastAmount: number;
  readonly firstPayment: string;
  readonly recent: { readonly edges: readonly { readonly node: { readonly paymentId: string } }[] };
  readonly minutes: readonly (BucketAnswer & { readonly bucket: string })[];
}

interface BusyAnswer {
  readonly payments: number;
  readonly account: { readonly id: string };
}

/** An empty list means that all values are equal. @throws where the graph answers with errors */
export async function compareLedger(url: string, truth: LedgerTruth): Promise<readonly string[]> {
  const found: string[] = [];
  const times = [...truth.accounts.values()].flatMap(({ minutes }) => [...minutes.keys()]);
  const [from, to] = [Math.min(...times), Math.max(...times) + MINUTE];
  const range = `from: "${iso(from)}", to: "${iso(to)}"`;
  const selection = `{ payments total different lastAmount firstPayment recent(first: 10) { edges { node { paymentId } } }
    minutes(every: MINUTE, ${range}) { bucket payments total different } }`;
  const names = [...truth.accounts.keys()];
  for (let start = 0; start < names.length; start += PAGE) {
    const page = names.slice(start, start + PAGE);
    const fields = page.map((name, i) => `a${String(i)}: account(id: "${name}") ${selection}`);
    const data = await askPatiently(url, `{ ${fields.join("\n")} }`);
    for (const [i, name] of page.entries()) {
      const want = truth.accounts.get(name);
      const got = data[`a${String(i)}`] as AccountAnswer | null;
      if (want !== undefined) found.push(...compareAccount(name, got, want));
    }
  }
  for (const [hour, want] of truth.hours) {
    const data = await askPatiently(
      url,
      `{ busyAccounts(at: "${iso(hour)}", first: 100) { payments account { id } } }`,
    );
    const got = (data["busyAccounts"] as readonly BusyAnswer[]).map(({ payments, account }) => [account.id, payments]);
    note(found, `busy accounts of ${iso(hour)}`, got, want);
  }
  return found.slice(0, 20);
}

/** An error is no wrong answer: a machine that is busy with faults may need several attempts. */
async function askPatiently(url: string, query: string): Promise<Readonly<Record<string, unknown>>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(url, query);
    if (answer.errors === undefined && answer.data != null) return answer.data;
    if (attempt === ATTEMPTS) throw new Error(JSON.stringify(answer.errors?.slice(0, 2) ?? answer));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function compareAccount(name: string, got: AccountAnswer | null, want: AccountTruth): readonly string[] {
  if (got === null) return [`account ${name} is missing`];
  const found: string[] = [];
  note(found, `account ${name}`, [got.payments, got.total], [want.payments, want.total]);
  note(
    found,
    `account ${name} first and last`,
    [got.firstPayment, got.lastAmount],
    [want.firstPayment, want.lastAmount],
  );
  const recent = got.recent.edges.map(({ node }) => node.paymentId);
  note(found, `account ${name} recent`, recent, want.recent);
  const minutes = got.minutes.map(({ bucket, payments, total }) => [bucket, payments, total]);
  const wanted = [...want.minutes].map(([at, { payments, total }]) => [iso(at), payments, total]);
  note(found, `account ${name} minutes`, minutes, wanted);
  if (!isNear(got.different, want.payments)) found.push(`account ${name} has ${String(got.different)} different ids`);
  for (const { bucket, payments, different } of got.minutes) {
    if (!isNear(different, payments)) found.push(`account ${name} at ${bucket} has ${String(different)} different ids`);
  }
  return found;
}

/** An estimate with a standard error of 1.6 %. */
function isNear(estimate: number, exact: number): boolean {
  return Math.abs(estimate - exact) <= Math.max(2, exact * 0.08);
}

function note(found: string[], what: string, got: unknown, want: unknown): void {
  const [is, should] = [JSON.stringify(got), JSON.stringify(want)];
  if (is !== should) found.push(`${what}: ${is.slice(0, 300)} instead of ${should.slice(0, 300)}`);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

export interface Reached {
  /** Payments that state and series include, summed over all accounts. */
  readonly state: number;
  readonly series: number;
}

/** How far the answers are. Null where there is none: the graph is away, or answers with errors. */
export async function askReached(url: string, truth: LedgerTruth): Promise<Reached | null> {
  const names = [...truth.accounts.keys()];
  const times = [...truth.hours.keys()];
  const range = `from: "${iso(Math.min(...times))}", to: "${iso(Math.max(...times) + 60 * MINUTE)}"`;
  const fields = names.map((name, i) => {
    return `a${String(i)}: account(id: "${name}") { payments minutes(every: HOUR, ${range}) { payments } }`;
  });
  const answer = await ask(url, `{ ${fields.join("\n")} }`).catch((): GraphAnswer => ({}));
  if (answer.errors !== undefined || answer.data == null) return null;
  const accounts = Object.values(answer.data) as readonly (BucketTruth & {
    readonly minutes: readonly BucketTruth[];
  })[];
  const sum = (of: readonly (BucketTruth | null)[]): number =>
    of.reduce((total, one) => total + (one?.payments ?? 0), 0);
  return { state: sum(accounts), series: sum(accounts.flatMap((account) => account?.minutes ?? [])) };
}
