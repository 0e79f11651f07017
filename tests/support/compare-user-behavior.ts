/** Reads through the graph everything that was recomputed, and lists the differences. */
import { askData } from "./onefold-program.ts";
import type { Counts, Expected } from "./recompute-user-behavior.ts";

/** How many entities one document asks for. */
const PAGE = 100;

interface CountFields {
  readonly views: number;
  readonly carts: number;
  readonly favourites: number;
  readonly purchases: number;
}

interface ConsumerAnswer extends CountFields {
  readonly lastSeenAt: string;
  readonly activity: readonly (CountFields & { readonly bucket: string })[];
}

interface ItemAnswer extends CountFields {
  readonly series: readonly (CountFields & { readonly bucket: string })[];
}

interface HotAnswer {
  readonly rank: number;
  readonly views: number;
  readonly item: { readonly id: string };
}

const counters = "views carts favourites purchases";

/** Every user, every item's hours and every hour's list; an empty list means that all numbers are equal. */
export async function compareUserBehavior(url: string, expected: Expected): Promise<readonly string[]> {
  const differences: string[] = [];
  const note = (what: string, got: unknown, want: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(want)) {
      differences.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
    }
  };
  const hours = [...new Set([...expected.items.values()].flatMap((byHour) => [...byHour.keys()]))];
  const range = `from: "${iso(Math.min(...hours))}", to: "${iso(Math.max(...hours) + 3600)}"`;
  const totals = [0, 0, 0, 0];

  const consumer = `{ ${counters} lastSeenAt activity(every: DAY, ${range}) { bucket ${counters} } }`;
  for await (const [user, answer] of readPages<ConsumerAnswer>(url, "consumer", [...expected.users.keys()], consumer)) {
    const want = expected.users.get(user);
    const got = toCounts(answer);
    got.forEach((count, i) => (totals[i] = (totals[i] ?? 0) + count));
    note(`consumer ${user}`, got, want?.counts);
    note(`consumer ${user} lastSeenAt`, answer.lastSeenAt, iso(want?.last ?? 0));
    note(`consumer ${user} activity`, sumCounts(answer.activity), want?.counts);
  }
  note("totals", totals, expected.totals);

  const item = `{ ${counters} series(every: HOUR, ${range}) { bucket ${counters} } }`;
  for await (const [id, answer] of readPages<ItemAnswer>(url, "item", [...expected.items.keys()], item)) {
    const want = [...(expected.items.get(id) ?? [])].sort(([a], [b]) => a - b);
    note(
      `item ${id} series`,
      answer.series.map((row) => [row.bucket, toCounts(row)]),
      want.map(([h, c]) => [iso(h), c]),
    );
    note(`item ${id}`, toCounts(answer), sumCounts(answer.series));
  }

  for (const [hour, want] of expected.hot) {
    const at = iso(hour + 1800);
    const data = await askData(url, `{ hotItems(every: HOUR, at: "${at}", first: 20) { rank views item { id } } }`);
    const got = (data["hotItems"] as readonly HotAnswer[]).map((row) => [row.rank, row.item.id, row.views]);
    note(
      `hot items of ${iso(hour)}`,
      got,
      want.map((row, i) => [i + 1, row.item, row.views]),
    );
  }
  return differences;
}

async function* readPages<T>(
  url: string,
  field: string,
  ids: readonly string[],
  selection: string,
): AsyncIterable<readonly [string, T]> {
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = ids.slice(start, start + PAGE);
    const fields = page.map((id, i) => `e${String(i)}: ${field}(id: ${JSON.stringify(id)}) ${selection}`);
    const data = await askData(url, `{ ${fields.join("\n")} }`);
    for (const [i, id] of page.entries()) yield [id, data[`e${String(i)}`] as T];
  }
}

function toCounts(of: CountFields): Counts {
  return [of.views, of.carts, of.favourites, of.purchases];
}

function sumCounts(rows: readonly CountFields[]): Counts {
  const sum = (pick: (row: CountFields) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  return [sum((r) => r.views), sum((r) => r.carts), sum((r) => r.favourites), sum((r) => r.purchases)];
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
