/** The events of the fault harness: seeded payments, how they are sent, and what all models of them must be. */
import { createRandom, type Random } from "../../support/random.ts";

export interface Payment {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
  /** Epoch ms; no two payments have one time. */
  readonly at: number;
}

export interface LedgerPlan {
  readonly seed: number;
  readonly events: number;
  /** @default 40 */
  readonly accounts?: number;
  /** When the first payment was made, epoch ms. @default 1 May 2024 */
  readonly from?: number;
  /** Time between payments. @default 137 ms */
  readonly stepMs?: number;
}

/** Millions of milliseconds before now: clocks that go wrong by days make none of these a payment of the future. */
const FROM = Date.UTC(2024, 4, 1);

/** Payments in the order in which they were made. */
export function makePayments({ seed, events, accounts = 40, from = FROM, stepMs = 137 }: LedgerPlan): Payment[] {
  const random = createRandom(seed);
  return Array.from({ length: events }, (_, i) => ({
    id: `p${String(seed)}-${String(i)}`,
    account: `a${String(random.below(accounts))}`,
    amount: random.below(2_001) - 1_000,
    at: from + i * stepMs,
  }));
}

export function paymentText({ id, account, amount, at }: Payment): string {
  return JSON.stringify({ id, account, amount, at });
}

/** Cuts texts into batches of up to `most`. */
export function cutBatches(texts: readonly string[], random: Random, most: number): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < texts.length;) {
    const length = 1 + random.below(most);
    batches.push(texts.slice(at, at + length));
    at += length;
  }
  return batches;
}

/** Mixes up what lies within `span` events of each other. */
export function shuffleWithin<T>(list: readonly T[], span: number, random: Random): T[] {
  const placed = list.map((item, i) => ({ item, at: i + random.below(span) }));
  return placed.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

export interface BucketTruth {
  payments: number;
  total: number;
}

export interface AccountTruth extends BucketTruth {
  readonly lastAmount: number;
  readonly firstPayment: string;
  /** Ids, newest first. */
  readonly recent: readonly string[];
  /** By the start of the minute, epoch ms. */
  readonly minutes: ReadonlyMap<number, BucketTruth>;
}

export interface LedgerTruth {
  readonly accounts: ReadonlyMap<string, AccountTruth>;
  /** By the start of the hour, the accounts with most payments first. */
  readonly hours: ReadonlyMap<number, readonly (readonly [account: string, payments: number])[]>;
  readonly payments: number;
}

const MINUTE = 60_000;
/** As many as the declaration lets be asked for. */
const RANKED = 100;
const HOUR = 60 * MINUTE;

/** What the models must be: each payment once. */
export function foldPayments(payments: readonly Payment[]): LedgerTruth {
  const byAccount = groupBy(payments, ({ account }) => account);
  const hours = [...groupBy(payments, ({ at }) => floor(at, HOUR))].map(([hour, of]) => {
    const counts = [...groupBy(of, ({ account }) => account)].map(([name, its]) => [name, its.length] as const);
    return [hour, counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, RANKED)] as const;
  });
  return {
    accounts: new Map([...byAccount].map(([name, of]) => [name, foldAccount(of)])),
    hours: new Map(hours),
    payments: payments.length,
  };
}

function foldAccount(payments: readonly Payment[]): AccountTruth {
  const sorted = [...payments].sort((a, b) => b.at - a.at);
  const minutes = [...groupBy(payments, ({ at }) => floor(at, MINUTE))].map(([at, of]) => [at, bucket(of)] as const);
  return {
    ...bucket(payments),
    lastAmount: sorted[0]?.amount ?? 0,
    firstPayment: sorted.at(-1)?.id ?? "",
    recent: sorted.slice(0, 10).map(({ id }) => id),
    minutes: new Map(minutes.sort(([a], [b]) => a - b)),
  };
}

function bucket(payments: readonly Payment[]): BucketTruth {
  return { payments: payments.length, total: payments.reduce((sum, { amount }) => sum + amount, 0) };
}

function floor(time: number, width: number): number {
  return Math.floor(time / width) * width;
}

function groupBy<T, K>(list: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
