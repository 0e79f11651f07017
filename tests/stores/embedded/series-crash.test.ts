/** Kills the process that owns the embedded engine amid its writes, again and again, and counts afterwards. */
import { describe, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { builtSource } from "../../support/built-sources.ts";
import { startProcess } from "../../support/start-program.ts";
import { crashEvents, crashLayouts } from "../../support/series-crash-events.ts";

const batchSize = 250;
const total = 20_000;
const seed = 20_261_123;

/** Runs the program and kills it when it has begun its n-th write; says how it ended. */
async function countUntil(
  path: string,
  killAtBegin: number,
): Promise<{ readonly ended: boolean; readonly begun: number }> {
  await using program = await startProcess("count-into-series", [path, String(batchSize), String(total)]);
  let begun = 0;
  let ended = false;
  for await (const line of program.lines) {
    if (line === "end") ended = true;
    if (line.startsWith("begin") && ++begun === killAtBegin) await program.kill();
  }
  return { ended, begun };
}

describe("the embedded series engine", () => {
  test("killed amid its writes, and written again from the fence, holds exact sums and every row of history", async () => {
    const path = await mkdtemp(join(tmpdir(), "onefold-series-crash-"));
    let kills = 0;
    let random = seed;
    for (let ended = false; !ended;) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const run = await countUntil(path, kills < 6 ? 2 + ((random >>> 16) % 14) : Infinity);
      expect(run.begun).toBeGreaterThan(0);
      if (!run.ended) kills++;
      ended = run.ended;
    }
    expect(kills).toBe(6);

    const expected = new Map<string, number>();
    for (const { item, bucket } of crashEvents(0, total)) {
      expected.set(`${item} ${bucket}`, (expected.get(`${item} ${bucket}`) ?? 0) + 1);
    }
    await using server = await startSeriesServer({
      path,
      workerUrl: await builtSource("stores/embedded/series-worker.ts"),
    });
    await using store = createSeriesStore(connectSeries(server.connect()));
    await store.prepare(1, crashLayouts);
    expect(await store.fences(1)).toEqual({ "events.measured/0": total });

    const items = Array.from({ length: 97 }, (_, i) => `item:${i}`);
    const keys = items.map((item) => [item]);
    const range = { from: -Infinity, to: Infinity, everyMs: 60_000 };
    const answer = await store.readSeries({
      generation: 1,
      table: "series_ItemActivity",
      dimension: "item",
      keys,
      ...range,
    });
    const counted = answer.flatMap((points, i) =>
      points.map(({ bucket, measures }) => [`${items[i] ?? ""} ${bucket}`, measures[0]] as const),
    );
    expect(new Map(counted)).toEqual(expected);

    const ask = { generation: 1, table: "dwd_Measured", partition: 0, from: 0, limit: total + 1 };
    const rows = await store.readHistory(ask);
    expect(rows.map(({ offset }) => offset)).toEqual(Array.from({ length: total }, (_, i) => i));
    await server[Symbol.asyncDispose]();
    await rm(path, { recursive: true, force: true });
  }, 120_000);
});
