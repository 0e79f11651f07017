/**
 * Where a cluster's rows go, and what reading them over several shards gives. Two endpoints stand for two shards; as they
 * cannot read each other, each is read by itself. Distributed tables over two shards are tried on one engine, which is
 * both.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SeriesConnection } from "../../../../stores/clickhouse/series-connection.ts";
import { createSeriesStore } from "../../../../stores/clickhouse/series-store.ts";
import { onePlace, type TablePlacement } from "../../../../stores/clickhouse/table-placement.ts";
import { clusterPlacement } from "../../../../stores/distributed/clickhouse/cluster-placement.ts";
import { connectClickHouse } from "../../../../stores/distributed/clickhouse/connect-clickhouse.ts";
import type { SeriesBatch, SeriesStore } from "../../../../stores/ports/series-store.ts";
import { layouts } from "../../../contracts/series-fixtures.ts";
import { historyPart, historyRow, MINUTE, now, read, row, sketch, views } from "../../../contracts/series-rows.ts";
import { localClusterConfig, placed, withoutReplicas } from "../../../support/local-cluster.ts";
import { startTestClickHouse, type TestClickHouse } from "../../../support/start-clickhouse.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../../../support/temporary-folder.ts";

const items = Array.from({ length: 300 }, (_, i) => `item:${i}`);
const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
const database = "onefold";

let folder: TemporaryFolder;
let servers: readonly [TestClickHouse, TestClickHouse];
beforeAll(async () => {
  folder = await openTemporaryFolder();
  const configFile = join(folder.path, "cluster.xml");
  await writeFile(configFile, localClusterConfig("twice", 2));
  servers = await Promise.all([startTestClickHouse({ configFile }), startTestClickHouse()]);
});
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function connect(server: TestClickHouse): SeriesConnection {
  return connectClickHouse({ url: server.url, database, cluster: null });
}

function cluster(name: string) {
  return { name, shards: [[servers[0].url], [servers[1].url]] } as const;
}

function batch(store: SeriesStore, generation: number): SeriesBatch {
  const buckets = [1, 2].flatMap((to) =>
    items.map((item, i) => row(item, now, { to, views: i * to, partition: i % 8 })),
  );
  return {
    generation,
    rows: [
      { table: "series_ItemActivity", kind: "buckets", rows: buckets },
      { table: "ranking_hotItems", kind: "buckets", rows: buckets },
      historyPart(store, partitions.flatMap((p) => [3, 5].map((i) => historyRow(i, { partition: p }))), generation), // prettier-ignore
    ],
    fences: Object.fromEntries(partitions.map((partition) => [`events.measured/${partition}`, 6 + partition])),
  };
}

async function answers(store: SeriesStore, generation: number) {
  const range = { generation, from: now, to: now + MINUTE };
  const ranking = { ...range, table: "ranking_hotItems", measure: "views", limit: 1_000 };
  const page = { generation, table: "dwd_Measured", from: 0, limit: 100 };
  return {
    series: await views(store, {
      ...read(
        items.map((item) => [item]),
        now,
        now + MINUTE,
      ),
      generation,
    }),
    ranking: (await store.readRanking(ranking)).map(({ key, measures }) => [key, measures[0]]),
    history: await Promise.all(partitions.map((partition) => store.readHistory({ ...page, partition }))),
    fences: await store.fences(generation),
  };
}

describe("rows of a cluster of two shards", () => {
  test("are each on one shard, all of a key on the same, and together what one server has", async () => {
    const local: TablePlacement = {
      ...onePlace,
      createTable: (table, shape) => onePlace.createTable(`${table}_local`, shape),
      insertInto: (table) => `${table}_local`,
    };
    const shards = servers.map((server) => createSeriesStore(placed(connect(server), local)));
    for (const shard of shards) await shard.prepare(1, layouts);
    const connection = connectClickHouse({ url: servers[0].url, database, cluster: cluster("c") });
    const { placement = onePlace } = connection;
    // The tables are there; `ON CLUSTER` needs a cluster.
    await using store = createSeriesStore(placed(connection, { ...placement, createTable: () => [] }));
    await store.prepare(1, layouts);
    await store.write(batch(store, 1));
    // Written again, rows meet those that they replace.
    await store.write(batch(store, 1));

    await using single = createSeriesStore(connect(servers[0]));
    await single.prepare(2, layouts);
    await single.write(batch(single, 2));
    const whole = await answers(single, 2);

    for (const shard of shards) await shard[Symbol.asyncDispose]();
    const readers = servers.map((server) => createSeriesStore(placed(readLocal(connect(server)), local)));
    for (const reader of readers) await reader.prepare(1, layouts);
    const [one, other] = await Promise.all(readers.map((reader) => answers(reader, 1)));
    if (one === undefined || other === undefined) throw new Error("two shards");
    for (const part of ["series", "history"] as const) {
      for (const [i, expected] of whole[part].entries()) {
        const found = [one[part][i] ?? [], other[part][i] ?? []].filter((rows) => rows.length > 0);
        expect(found).toEqual([expected]);
      }
      for (const shard of [one, other]) expect(shard[part].some((rows) => rows.length > 0)).toBe(true);
    }
    const ranked = [...one.ranking, ...other.ranking].sort(([, a], [, b]) => Number(b) - Number(a));
    expect(ranked).toEqual(whole.ranking);
    expect({ ...one.fences, ...other.fences }).toEqual(whole.fences);
    expect(Object.keys(one.fences).length + Object.keys(other.fences).length).toBe(partitions.length);
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  });

  test("lie on the shard of their key whatever they are, and a cluster of any size gives every shard some", () => {
    for (const size of [1, 2, 3, 7, 64]) {
      const shards = Array.from({ length: size }, () => ["http://x"] as const);
      const { serverOf } = clusterPlacement({ name: "c", shards }, database);
      const used = new Set(Array.from({ length: 5_000 }, (_, i) => serverOf(`item:${i}`)));
      expect([...used].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      expect(serverOf("item:7")).toBe(serverOf("item:7"));
    }
  });

  test("are added up over shards by the reads of Distributed tables", async () => {
    const connection = connect(servers[0]);
    // Both shards are this server: what every shard has counts twice, and is the same for what is not a sum.
    const placement = {
      ...withoutReplicas(clusterPlacement(cluster("twice"), database)),
      servers: 1,
      serverOf: () => 0,
    };
    await using store = createSeriesStore(placed(connection, placement));
    await store.prepare(3, layouts);
    const measures = [3, -4, 2, 9, sketch(0, 20), 0.25];
    const rows = ["item:1", "item:2"].flatMap((item) => [
      row(item, now, { to: 1 }),
      row(item, now, { to: 2, measures }),
      row(item, now + MINUTE, { to: 2, measures }),
    ]);
    const tables = ["series_ItemActivity", "ranking_hotItems"];
    const kind = "buckets" as const;
    await store.write({
      generation: 3,
      rows: tables.map((table) => ({ table, kind, rows })),
      fences: { "events.a/0": 4 },
    });
    const twice = [6, -8, 2, 9, 20, 0.25];
    const asked = { ...read([["item:1"]], now, now + 5 * MINUTE), generation: 3 };
    const [points] = await store.readSeries(asked);
    expect(points).toEqual([now, now + MINUTE].map((bucket) => ({ bucket, dimensions: [], measures: twice })));
    expect(await store.readSeries({ ...asked, limit: 1 })).toEqual([[points?.[0]]]);
    const ranking = { generation: 3, table: "ranking_hotItems", measure: "views", from: now, to: now + 1, limit: 1 };
    expect(await store.readRanking(ranking)).toEqual([{ key: "item:1", measures: twice }]);
    expect(await store.fences(3)).toEqual({ "events.a/0": 4 });
  });
});

/** Reads the local tables where a cluster would read the Distributed ones. */
function readLocal(connection: SeriesConnection): SeriesConnection {
  return {
    ...connection,
    query: (sql, parameters) => connection.query(sql.replace(/FROM `(g1_\w+)`/, "FROM `$1_local`"), parameters),
  };
}
