/** The connection over HTTP: long lists of keys, databases, credentials, compression, order, and its refusals. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createSeriesStore } from "../../../../stores/clickhouse/series-store.ts";
import type { SeriesConnection } from "../../../../stores/clickhouse/series-connection.ts";
import type { ClickHouseOptions } from "../../../../stores/distributed/clickhouse/clickhouse-options.ts";
import { connectClickHouse } from "../../../../stores/distributed/clickhouse/connect-clickhouse.ts";
import { layouts } from "../../../contracts/series-fixtures.ts";
import { MINUTE, now, put, read, row, views } from "../../../contracts/series-rows.ts";
import { startTestClickHouse, type TestClickHouse } from "../../../support/start-clickhouse.ts";

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse({ credentials: { user: "onefold", password: "s3cret & %" } });
});
afterAll(async () => {
  await clickhouse[Symbol.asyncDispose]();
});

function connect(more: Partial<ClickHouseOptions> = {}): SeriesConnection {
  const credentials = { username: "onefold", password: "s3cret & %" };
  return connectClickHouse({ url: clickhouse.url, database: "onefold", ...credentials, cluster: null, ...more });
}

function rowsOf(text: string, table = "t"): Parameters<SeriesConnection["insert"]>[0] {
  return { table, columns: ["a"], body: new TextEncoder().encode(text), settings: { async_insert: 0 } };
}

describe("a connection to ClickHouse", () => {
  test("reads twenty thousand keys at once, however they are escaped", async () => {
    await using store = createSeriesStore(connect({ database: "keys" }));
    await store.prepare(1, layouts);
    const items = Array.from({ length: 20_000 }, (_, i) => `item:'${i}'\\ of a catalogue with long names`);
    await put(
      store,
      "series_ItemActivity",
      items.map((item, i) => row(item, now, { views: i })),
    );
    const answer = await views(
      store,
      read(
        items.map((item) => [item]),
        now,
        now + MINUTE,
      ),
    );
    expect(answer).toEqual(items.map((_, i) => [[now, i]]));
    const [entity] = await views(store, read([items], now, now + MINUTE));
    expect(entity).toEqual([[now, (items.length * (items.length - 1)) / 2]]);
  });

  test("takes a parameter that no URL may hold", async () => {
    await using connection = connect();
    const keys = Array.from({ length: 4_000 }, (_, i) => `key-${i}-${"x".repeat(20)}`);
    expect(await connection.query("SELECT length({keys:Array(String)})", { keys })).toEqual([[4_000]]);
  });

  test("makes its database when it is missing, and keeps others apart", async () => {
    await using one = connect({ database: "one-more" });
    await using other = connect({ database: "another" });
    expect(await one.query("SELECT currentDatabase()", {})).toEqual([["one-more"]]);
    await one.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a");
    await expect(other.query("SELECT * FROM t", {})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  test("runs a command after the inserts before it and before those after it", async () => {
    await using connection = connect({ database: "ordered" });
    await connection.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a");
    const many = Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join("");
    const writes = [
      connection.insert(rowsOf(many)),
      connection.insert(rowsOf("x\n")),
      connection.command("CREATE TABLE copy ENGINE = MergeTree ORDER BY a AS SELECT * FROM t"),
      connection.command("RENAME TABLE t TO before"),
      connection.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a"),
      connection.insert(rowsOf("y\n")),
    ];
    await Promise.all(writes);
    expect(await connection.query("SELECT count() FROM copy", {})).toEqual([[50_001]]);
    expect(await connection.query("SELECT a FROM t", {})).toEqual([["y"]]);
  });

  test("inserts compressed rows as they are", async () => {
    await using connection = connect({ database: "packed", compressInserts: true });
    await connection.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a");
    const text = Array.from({ length: 10_000 }, (_, i) => `tab\\t${i}\n`).join("");
    await connection.insert(rowsOf(text));
    const [[count, least] = []] = await connection.query("SELECT count(), min(a) FROM t", {});
    expect([Number(count), least]).toEqual([10_000, "tab\t0"]);
  });

  test("answers many requests at once, all right", async () => {
    await using connection = connect();
    const asked = Array.from({ length: 300 }, (_, i) => i);
    const answers = await Promise.all(asked.map((i) => connection.query("SELECT {i:Int64} * 2", { i })));
    expect(answers.map((rows) => Number(rows[0]?.[0]))).toEqual(asked.map((i) => 2 * i));
  });
});

describe("a refusal of ClickHouse", () => {
  test("carries its exception's name and number", async () => {
    await using connection = connect();
    await expect(connection.query("SELECT nonsense", {})).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringMatching(/UNKNOWN_IDENTIFIER \(47\).*nonsense/),
    });
    await expect(connection.command("DROP TABLE nowhere")).rejects.toThrow("UNKNOWN_TABLE (60)");
    await expect(connection.insert(rowsOf("x\n", "nowhere"))).rejects.toThrow("UNKNOWN_TABLE (60)");
    await expect(connect({ password: "wrong" }).query("SELECT 1", {})).rejects.toThrow("AUTHENTICATION_FAILED (516)");
  });

  test("of rows that do not fit leaves the connection as it was", async () => {
    await using connection = connect({ database: "typed" });
    await connection.command("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a");
    await expect(connection.insert(rowsOf("1\nnot a number\n"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await connection.insert(rowsOf("2\n"));
    expect(await connection.query("SELECT toString(a) FROM t", {})).toEqual([["2"]]);
  });

  test("names no address, whether a server refuses or none is there", async () => {
    await using gone = connectClickHouse({ url: "http://127.0.0.1:1", database: "onefold", cluster: null });
    const failure = await gone.query("SELECT 1", {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE", message: expect.stringContaining("ECONNREFUSED") });
    expect(String(failure)).not.toContain("127.0.0.1");
    await using connection = connect();
    const among = connection.query("SELECT * FROM remote('127.0.0.1:1', system.one)", {});
    const refusal = await among.catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(String(refusal)).not.toContain("127.0.0.1");
  });

  test("comes before a request to a cluster that cannot be", () => {
    const cluster = (name: string, shards: number) => ({ name, shards: Array.from({ length: shards }, () => ["http://x"] as const) }); // prettier-ignore
    expect(() => connect({ cluster: cluster("c", 0) })).toThrow("1 to 64 shards");
    expect(() => connect({ cluster: cluster("c", 65) })).toThrow("1 to 64 shards");
    expect(() => connect({ cluster: cluster("c`", 1) })).toThrow("no name of a ClickHouse database or cluster");
    expect(() => connect({ database: "a b" })).toThrow("no name of a ClickHouse database or cluster");
  });
});
