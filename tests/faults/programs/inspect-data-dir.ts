/**
 * Looks into a data directory that no instance has open: `inspect-data-dir.js <domains> <dataDir> <what> [file]`, with one
 * JSON object as the answer.
 *
 *     fill  appends the lines of a file to the log, and applies nothing
 *     lag   where the log ends, and what the state store includes
 *     dump  a hash of all that the serving generation's models are, and of DWD how many rows and how many different ids
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { readDeclarations } from "../../../cli/declarations.ts";
import { dataPaths } from "../../../cli/profiles/embedded/data-paths.ts";
import { readQuarantine } from "../../../ingest/quality/quarantine.ts";
import { seriesLayout } from "../../../schema/layout/series-layout.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { openEmbeddedStateStore } from "../../../stores/embedded/state-store.ts";

const [domains = "", dataDir = "", what = "", file = ""] = process.argv.slice(2);
const platform = await readDeclarations(domains);
const paths = dataPaths(dataDir);
const source = platform.sources[0];
if (source === undefined) throw new Error("No source is declared.");
const { topic, quarantineTopic } = source;

await using log = await openEmbeddedEventLog({ path: paths.log });
const answers: Readonly<Record<string, () => Promise<unknown>>> = { fill, lag, dump };
const answer = await answers[what]?.();
process.stdout.write(`${JSON.stringify(answer)}\n`);

async function fill(): Promise<unknown> {
  for (const name of [topic, quarantineTopic]) await log.createTopic(name, { partitions: 1 });
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  const records = lines.map((line) => ({ key: null, value: Buffer.from(line), sequence: null }));
  await log.append(topic, { origin: { format: "json", producer: "http" }, records, time: Date.now() });
  return { appended: records.length };
}

async function lag(): Promise<unknown> {
  const [range] = await log.ranges(topic);
  await using state = await openEmbeddedStateStore(paths.state);
  const generation = (await state.generations())?.serving ?? 1;
  return { end: range?.end ?? 0, stateTo: Math.min(...(await state.fences(generation, topic, 0))) };
}

async function dump(): Promise<unknown> {
  await using state = await openEmbeddedStateStore(paths.state);
  await using server = await startSeriesServer({ path: paths.series });
  await using series = createSeriesStore(connectSeries(server.connect()));
  const generation = (await state.generations())?.serving ?? 1;
  await series.prepare(generation, seriesLayout(platform));
  const hash = createHash("sha256");
  const keys: string[] = [];
  for (const { name } of platform.entities) {
    for await (const { key, values } of state.scan(generation, name)) {
      keys.push(key);
      hash.update(JSON.stringify([name, key, [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(plain)]));
    }
  }
  for (const line of await seriesLines(series, generation, keys)) hash.update(line);
  const rows = await historyRows(series, generation);
  for (const row of rows) hash.update(JSON.stringify(row));
  const quarantined: string[] = [];
  for await (const { id } of readQuarantine(log, [source as PlatformModel["sources"][number]])) quarantined.push(id);
  const ids = new Set(rows.map(({ id }) => id)).size;
  return { hash: hash.digest("hex"), rows: rows.length, ids, quarantined: quarantined.sort() };
}

/** Values as JSON has them. */
function plain([field, value]: readonly [string, object]): unknown {
  return [
    field,
    Object.entries(value).map(([name, of]: [string, unknown]) => {
      if (of instanceof Map) return [name, [...of].sort()];
      if (Array.isArray(of)) return [name, of.map((entry: Uint8Array) => Buffer.from(entry).toString("hex"))];
      return [name, of instanceof Uint8Array ? Buffer.from(of).toString("hex") : String(of)];
    }),
  ];
}

type Series = ReturnType<typeof createSeriesStore>;

async function seriesLines(series: Series, generation: number, keys: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const table of seriesLayout(platform)) {
    if (table.kind !== "series") continue;
    const dimension = table.dimensions[0] ?? "";
    const range = { from: 0, to: Date.UTC(2100, 0, 1), everyMs: table.grainMs };
    const at = { generation, table: table.name, dimension, keys: keys.map((key) => [key]), ...range };
    for (const [i, points] of (await series.readSeries(at)).entries()) {
      for (const { bucket, measures } of points) lines.push([table.name, keys[i], bucket, ...measures].join(" "));
    }
  }
  return lines;
}

async function historyRows(series: Series, generation: number) {
  const rows = [];
  for (const { name } of platform.events) {
    for (let from = 0, limit = 20_000; ;) {
      const page = await series.readHistory({ generation, table: `dwd_${name}`, partition: 0, from, limit });
      // Append times differ from run to run.
      rows.push(...page.map(({ offset, id, values }) => ({ offset, id, values })));
      if (page.length < limit) break;
      from = (page.at(-1)?.offset ?? 0) + 1;
    }
  }
  return rows;
}
