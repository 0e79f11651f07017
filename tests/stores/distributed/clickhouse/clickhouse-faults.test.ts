/** Faults of a ClickHouse server: an answer lost after the insert, a kill amid one, a freeze, a time away. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { setTimeout as sleep } from "node:timers/promises";
import { createSeriesStore } from "../../../../stores/clickhouse/series-store.ts";
import { connectClickHouse } from "../../../../stores/distributed/clickhouse/connect-clickhouse.ts";
import type { SeriesStore } from "../../../../stores/ports/series-store.ts";
import { layouts } from "../../../contracts/series-fixtures.ts";
import { MINUTE, now, put, read, row, views } from "../../../contracts/series-rows.ts";
import { countIntoStore, expectedCounted, readCounted } from "../../../support/count-into-store.ts";
import { startReplyCutter } from "../../../support/reply-cutter.ts";
import { startTestClickHouse, type TestClickHouse } from "../../../support/start-clickhouse.ts";

const unavailable = { code: "STORE_UNAVAILABLE" };
const insertOf = (table: string): RegExp => new RegExp(`INSERT\\+INTO\\+(%60)?g1_${table}`);

let clickhouse: TestClickHouse;
beforeEach(async () => {
  clickhouse = await startTestClickHouse();
});
afterEach(async () => {
  await clickhouse[Symbol.asyncDispose]();
});

function openStore(more: { readonly url?: string; readonly requestTimeoutMs?: number } = {}): SeriesStore {
  return createSeriesStore(connectClickHouse({ url: clickhouse.url, database: "onefold", cluster: null, ...more }));
}

/** Tries again while the server is not to be reached: the test's own limit ends it. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      expect(error).toMatchObject(unavailable);
      await sleep(50);
    }
  }
}

describe("rows whose insert was answered with silence", () => {
  test("replace themselves when another worker writes them much later, in other blocks", async () => {
    await using cutter = await startReplyCutter(clickhouse.addresses[0] ?? "");
    await using direct = openStore();
    await direct.prepare(1, layouts);
    const total = 3_000;
    {
      await using first = openStore({ url: cutter.url });
      cutter.cutNext(1, insertOf("series_ItemActivity"));
      await expect(countIntoStore(first, { batchSize: 700, total })).rejects.toMatchObject(unavailable);
      cutter.cutNext(1, insertOf("dwd_Measured"));
      await expect(countIntoStore(first, { batchSize: 700, total })).rejects.toMatchObject(unavailable);
    }
    expect(cutter.cuts).toBe(2);
    const left = await readCounted(direct, total);
    // What was not answered is there all the same, and no fence tells of it.
    expect([left.fence, left.offsets.length, left.views.size > 0]).toEqual([undefined, 700, true]);

    // Blocks are merged and other rows come between.
    await using connection = connectClickHouse({ url: clickhouse.url, database: "onefold", cluster: null });
    await connection.command("OPTIMIZE TABLE g1_dwd_Measured FINAL");
    await put(direct, "series_ItemActivity", [row("another", now)]);

    await using second = openStore({ url: cutter.url });
    cutter.cutNext(1, insertOf("fences"));
    await expect(countIntoStore(second, { batchSize: 450, total })).rejects.toMatchObject(unavailable);
    await using third = openStore({ url: cutter.url });
    await countIntoStore(third, { batchSize: 1_100, total });
    expect(cutter.cuts).toBe(3);
    expect(await readCounted(direct, total)).toEqual(expectedCounted(total));
  });

  test("of a later version stay when a zombie's come at last", async () => {
    await using cutter = await startReplyCutter(clickhouse.addresses[0] ?? "");
    await using zombie = openStore({ url: cutter.url });
    await using owner = openStore();
    await zombie.prepare(1, layouts);
    await owner.prepare(1, layouts);
    const old = [row("item:1", now, { to: 10, views: 3 })];
    cutter.cutNext(1, insertOf("series_ItemActivity"));
    await expect(put(zombie, "series_ItemActivity", old)).rejects.toMatchObject(unavailable);
    await put(owner, "series_ItemActivity", [row("item:1", now, { to: 20, views: 7 })]);
    await put(zombie, "series_ItemActivity", old);
    expect(await views(owner, read([["item:1"]], now, now + MINUTE))).toEqual([[[now, 7]]]);
  });
});

describe("a server", () => {
  test("killed amid inserts again and again ends up with exact sums and every row", async () => {
    const total = 12_000;
    let random = 20_261_123;
    let kills = 0;
    let failures = 0;
    await using store = openStore();
    for (let ended = false; !ended;) {
      let begun = 0;
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const killAt = kills < 5 ? 1 + ((random >>> 16) % 5) : Infinity;
      const killAfterMs = (random >>> 8) % 12;
      const onBegin = (): void => {
        if (++begun !== killAt) return;
        kills++;
        setTimeout(() => clickhouse.signal("SIGKILL"), killAfterMs);
      };
      ended = await countIntoStore(store, { batchSize: 250, total, onBegin }).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject(unavailable);
          failures++;
          return false;
        },
      );
      if (!ended) await clickhouse.restart();
    }
    expect([kills, failures]).toEqual([5, 5]);
    expect(await readCounted(store, total)).toEqual(expectedCounted(total));
  }, 90_000);

  test("that is frozen is given up on, by every request and in bounded time, and is used again when it goes on", async () => {
    await using patient = openStore();
    await using store = openStore({ requestTimeoutMs: 700 });
    await patient.prepare(1, layouts);
    await eventually(() => store.prepare(1, layouts));
    await put(patient, "series_ItemActivity", [row("item:1", now)]);
    clickhouse.signal("SIGSTOP");
    const ranking = { generation: 1, table: "ranking_hotItems", measure: "views", from: now, to: now + 1, limit: 1 };
    const requests = [
      store.fences(1),
      put(store, "series_ItemActivity", [row("item:1", now, { to: 2, views: 2 })]),
      store.readRanking(ranking),
      store.prepare(2, layouts),
      ...Array.from({ length: 200 }, (_, i) => store.readSeries(read([["item:1"]], now, now + (i + 1) * MINUTE))),
    ];
    const outcomes = await Promise.allSettled(requests);
    const reasons = outcomes.map((outcome) => (outcome.status === "rejected" ? (outcome.reason as unknown) : null));
    for (const reason of reasons) expect(reason).toMatchObject(unavailable);
    expect(String(reasons[0])).toContain("has not answered for 700 ms");
    clickhouse.signal("SIGCONT");
    await eventually(() => put(store, "series_ItemActivity", [row("item:1", now, { to: 3, views: 3 })]));
    expect(await views(patient, read([["item:1"]], now, now + MINUTE))).toEqual([[[now, 3]]]);
  }, 60_000);

  test("that is away for 15 seconds costs nothing but the time", async () => {
    const total = 6_000;
    await using store = openStore();
    let failures = 0;
    let restarted: Promise<void> | null = null;
    const onDone = (from: number): void => {
      if (restarted !== null || from < total / 3) return;
      clickhouse.signal("SIGKILL");
      restarted = sleep(15_000).then(() => clickhouse.restart());
    };
    for (;;) {
      try {
        await countIntoStore(store, { batchSize: 500, total, onDone });
        break;
      } catch (error) {
        expect(error).toMatchObject(unavailable);
        failures++;
        await sleep(200);
      }
    }
    expect(failures).toBeGreaterThan(5);
    expect(await readCounted(store, total)).toEqual(expectedCounted(total));
  }, 90_000);
});
