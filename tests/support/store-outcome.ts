/** All that ingest has stored, by reads that every adapter answers: to compare one profile's stores with another's. */
import { seriesLayout } from "../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import { dumpHistory, dumpQuarantine, dumpState } from "../ingest/fixtures/dump.ts";
import type { Stores } from "../ingest/fixtures/faults.ts";

export async function storeOutcome(stores: Stores, platform: PlatformModel, generation = 1): Promise<unknown> {
  return {
    state: await dumpState(stores.state, generation, platform),
    history: await dumpHistory(stores.series, generation, platform),
    quarantine: await dumpQuarantine(stores.log, platform),
    series: await dumpTables(stores, platform, generation),
  };
}

/** The hours in which fixtures have events. */
const FROM = Date.UTC(2024, 0, 1);
const HOURS = 12;
const HOUR_MS = 3_600_000;

async function dumpTables(stores: Stores, platform: PlatformModel, generation: number): Promise<readonly string[]> {
  const members: string[] = [];
  for (const { name } of platform.entities) {
    for await (const { key } of stores.state.scan(generation, name)) members.push(key);
  }
  const keys = [...new Set(members)].sort().map((key) => [key]);
  const lines: string[] = [];
  for (const table of seriesLayout(platform)) {
    if (table.kind === "series") {
      const range = { from: FROM, to: FROM + HOURS * HOUR_MS, everyMs: table.grainMs };
      const dimension = table.dimensions[0] ?? "";
      const found = await stores.series.readSeries({ generation, table: table.name, dimension, keys, ...range });
      found.forEach((points, at) => lines.push(`${table.name} ${keys[at]?.[0] ?? ""} ${show(points)}`));
    }
    if (table.kind === "ranking") {
      const measure = table.measures[0]?.name ?? "";
      for (let from = FROM; from < FROM + HOURS * HOUR_MS; from += HOUR_MS) {
        const read = { generation, table: table.name, measure, from, to: from + HOUR_MS, limit: 100 };
        lines.push(`${table.name} ${String(from)} ${show(await stores.series.readRanking(read))}`);
      }
    }
  }
  return lines;
}

/** int64 measures come as numbers or as bigints. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}
