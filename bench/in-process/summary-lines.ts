/** The samples of one query → a Markdown table of medians, with what each stack costs beside Onefold. */
import type { StackSample } from "./measure-in-turns.ts";

type Figure = Exclude<keyof StackSample, "stack">;

export function summaryLines(query: string, samples: readonly StackSample[]): readonly string[] {
  const stacks = [...new Set(samples.map(({ stack }) => stack))];
  const of = (stack: string, figure: Figure): number =>
    median(samples.filter((sample) => sample.stack === stack).map((sample) => sample[figure]));
  const total = (stack: string): number => of(stack, "gatewayCpuMs") + of(stack, "subgraphsCpuMs");
  const [ours = ""] = stacks;
  const head = [
    "",
    "CPU ms, all but Redis",
    "× ours",
    "gateway",
    "subgraphs",
    "Redis",
    "requests/s",
    "p50 ms",
    "p99 ms",
  ];
  const rows = stacks.map((stack) => [
    stack,
    total(stack).toFixed(3),
    (total(stack) / total(ours)).toFixed(1),
    ...(["gatewayCpuMs", "subgraphsCpuMs", "redisCpuMs"] as const).map((figure) => of(stack, figure).toFixed(3)),
    of(stack, "requestsPerSecond").toFixed(0),
    of(stack, "p50Ms").toFixed(1),
    of(stack, "p99Ms").toFixed(1),
    of(stack, "peakMiB").toFixed(0),
    String(samples.reduce((sum, { stack: name, wrong }) => sum + (name === stack ? wrong : 0), 0)),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const titles = [...head, "peak MiB", "wrong"];
  const bytes = (samples[0]?.answerBytes ?? 0).toLocaleString("en-US");
  const others = samples.reduce((sum, { othersShare }) => sum + othersShare, 0) / samples.length;
  return [
    "",
    `**${query}** (answers of ${bytes} bytes; other processes took ${(others * 100).toFixed(0)} % of the machine)`,
    "",
    line(titles),
    line(titles.map(() => "---")),
    ...rows.map(line),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
