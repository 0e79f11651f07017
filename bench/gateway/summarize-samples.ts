/** The samples of all rounds → one row for each tier, query and gateway, as medians, and a table of the rows. */
import type { Tier } from "./contenders/contender.ts";
import type { Sample } from "./measure-tier.ts";

/** Medians of the rounds; the peak is the greatest. */
export interface Row {
  readonly tier: Tier;
  readonly query: string;
  readonly gateway: string;
  readonly rounds: number;
  /** Wrong answers of all rounds. */
  readonly wrong: number;
  readonly cpuMsPerRequest: number;
  /** Least and greatest of the rounds. */
  readonly cpuMsRange: readonly [least: number, greatest: number];
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peakMiB: number;
  readonly answerBytes: number;
}

export function summarize(samples: readonly Sample[]): readonly Row[] {
  const groups = groupBy(samples, ({ tier, query, gateway }) => `${tier} ${query} ${gateway}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const of = (read: (sample: Sample) => number): readonly number[] => group.map(read).sort((a, b) => a - b);
    const cpu = of((sample) => sample.cpuMsPerRequest);
    return {
      tier: first.tier,
      query: first.query,
      gateway: first.gateway,
      rounds: group.length,
      wrong: group.reduce((sum, sample) => sum + sample.wrong, 0),
      cpuMsPerRequest: median(cpu),
      cpuMsRange: [cpu[0] ?? 0, cpu.at(-1) ?? 0] as const,
      requestsPerSecond: median(of((sample) => sample.requestsPerSecond)),
      p50Ms: median(of((sample) => sample.p50Ms)),
      p99Ms: median(of((sample) => sample.p99Ms)),
      peakMiB: Math.max(...group.map((sample) => sample.peakMiB)),
      answerBytes: first.answerBytes,
    };
  });
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

const columns: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
  ["gateway", (row) => row.gateway],
  ["CPU ms/request", (row) => row.cpuMsPerRequest.toFixed(3)],
  ["least to greatest", (row) => row.cpuMsRange.map((ms) => ms.toFixed(3)).join(" to ")],
  ["requests/s", (row) => row.requestsPerSecond.toFixed(0)],
  ["p50 ms", (row) => row.p50Ms.toFixed(2)],
  ["p99 ms", (row) => row.p99Ms.toFixed(2)],
  ["peak MiB", (row) => row.peakMiB.toFixed(0)],
  ["wrong", (row) => String(row.wrong)],
];

const shared: Readonly<Record<Tier, string>> = {
  none: "nothing shared",
  reads: "identical subgraph reads shared",
  queries: "identical client queries shared",
};

/** Markdown: a table for each query in each tier. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const tables = groupBy(rows, ({ tier, query }) => `${query}, ${shared[tier]}`);
  return [...tables].flatMap(([title, members]) => {
    const cells = [columns.map(([name]) => name), ...members.map((row) => columns.map(([, cell]) => cell(row)))];
    const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
    const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`);
    const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
    const bytes = (members[0]?.answerBytes ?? 0).toLocaleString("en-US");
    return ["", `**${title}** (answers of ${bytes} bytes)`, "", lines[0] ?? "", rule, ...lines.slice(1)];
  });
}
