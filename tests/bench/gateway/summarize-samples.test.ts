/** The rounds of the gateway bench become medians and tables. */
import { expect, it } from "@jest/globals";
import type { Sample } from "../../../bench/gateway/measure-tier.ts";
import { summarize, tableLines } from "../../../bench/gateway/summarize-samples.ts";

const sample = (given: Partial<Sample>): Sample => ({
  tier: "none",
  query: "tiny",
  gateway: "A",
  requests: 100,
  wrong: 0,
  requestsPerSecond: 1000,
  cpuMsPerRequest: 1,
  p50Ms: 2,
  p99Ms: 9,
  peakMiB: 100,
  answerBytes: 1234,
  othersShare: 0,
  ...given,
});

it("takes the median of the rounds of one gateway, one query and one tier, and the greatest peak", () => {
  const rows = summarize([
    sample({ cpuMsPerRequest: 3, peakMiB: 120, wrong: 2 }),
    sample({ gateway: "B", cpuMsPerRequest: 40 }),
    sample({ cpuMsPerRequest: 1 }),
    sample({ query: "heavy", cpuMsPerRequest: 50 }),
    sample({ cpuMsPerRequest: 11, wrong: 1 }),
    sample({ gateway: "B", cpuMsPerRequest: 20 }),
  ]);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({ rounds: 3, cpuMsPerRequest: 3, cpuMsRange: [1, 11], peakMiB: 120, wrong: 3 });
  expect(rows[1]).toMatchObject({ gateway: "B", rounds: 2, cpuMsPerRequest: 30, cpuMsRange: [20, 40] });
  expect(rows[2]).toMatchObject({ query: "heavy", cpuMsPerRequest: 50 });
});

it("prints one table a query and tier, with a line for each gateway", () => {
  const rows = summarize([sample({}), sample({ gateway: "B" }), sample({ tier: "reads" })]);
  const lines = tableLines(rows);
  expect(lines.filter((line) => line.startsWith("**"))).toEqual([
    "**tiny, nothing shared** (answers of 1,234 bytes)",
    "**tiny, identical subgraph reads shared** (answers of 1,234 bytes)",
  ]);
  expect(lines.filter((line) => /^\| [AB] /.test(line))).toHaveLength(3);
});
