/** Recomputes from the raw file, with awk and sort, what the graph must say about user behaviour. */
import { execFileSync } from "node:child_process";

/** Counts in the order page view, cart, favourite, purchase. */
export type Counts = readonly [number, number, number, number];

export interface Expected {
  readonly totals: Counts;
  /** By user: counts, and the greatest time in seconds. */
  readonly users: ReadonlyMap<string, { readonly counts: Counts; readonly last: number }>;
  /** By item: counts by hour start in seconds. */
  readonly items: ReadonlyMap<string, ReadonlyMap<number, Counts>>;
  /** By hour start in seconds: the twenty most viewed items, ties by id as text. */
  readonly hot: ReadonlyMap<number, readonly { readonly item: string; readonly views: number }[]>;
}

const program = `
BEGIN { FS = ","; kind["pv"] = 1; kind["cart"] = 2; kind["fav"] = 3; kind["buy"] = 4 }
NF == 5 && ($4 in kind) && $5 + 0 >= 946684800 {
  k = kind[$4]; hour = $5 - ($5 % 3600)
  total[k]++; users[$1]; count[$1, k]++; if ($5 > last[$1]) last[$1] = $5
  places[$2 " " hour]; at[$2 " " hour, k]++
}
END {
  print "T", total[1] + 0, total[2] + 0, total[3] + 0, total[4] + 0
  for (u in users) print "U", u, count[u, 1] + 0, count[u, 2] + 0, count[u, 3] + 0, count[u, 4] + 0, last[u]
  for (p in places) print "I", p, at[p, 1] + 0, at[p, 2] + 0, at[p, 3] + 0, at[p, 4] + 0
}`;

/** `path`: the raw headerless CSV, plain or gzip. */
export function recomputeUserBehavior(path: string): Expected {
  const cat = path.endsWith(".gz") ? "gzip -dc" : "cat";
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync("/bin/bash", ["-o", "pipefail", "-c", command, "bash", path, ...args], {
      encoding: "utf8",
      maxBuffer: 1 << 30,
      env: { ...process.env, LC_ALL: "C" },
    });
  const lines = run(`${cat} "$1" | awk "$2"`, program).split("\n");
  let totals: Counts = [0, 0, 0, 0];
  const users = new Map<string, { counts: Counts; last: number }>();
  const items = new Map<string, Map<number, Counts>>();
  for (const line of lines) {
    const [tag = "", ...cells] = line.split(" ");
    const counts = (from: number): Counts => [0, 1, 2, 3].map((i) => Number(cells[from + i])) as unknown as Counts;
    if (tag === "T") totals = counts(0);
    else if (tag === "U") users.set(cells[0] ?? "", { counts: counts(1), last: Number(cells[5]) });
    else if (tag === "I") {
      const item = cells[0] ?? "";
      const hours = items.get(item) ?? new Map<number, Counts>();
      items.set(item, hours.set(Number(cells[1]), counts(2)));
    }
  }
  const ranked = run(
    `${cat} "$1" | awk "$2" | awk '$1 == "I" && $4 > 0 { print $3, $4, $2 }' | sort -k1,1n -k2,2nr -k3,3`,
    program,
  );
  const hot = new Map<number, { item: string; views: number }[]>();
  for (const line of ranked.split("\n").filter((text) => text !== "")) {
    const [hour = "", views = "", item = ""] = line.split(" ");
    const list = hot.get(Number(hour)) ?? [];
    hot.set(Number(hour), list);
    if (list.length < 20) list.push({ item, views: Number(views) });
  }
  return { totals, users, items, hot };
}
