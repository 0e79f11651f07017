/** The ClickHouse endpoint speaks the HTTP interface as a server does, as far as clients and developers need it. */
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { startClickHouse } from "../../../cli/services/clickhouse-service.ts";
import { builtSource } from "../../support/built-sources.ts";
import { startTestClickHouse, type TestClickHouse } from "../../support/start-clickhouse.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(async () => {
  await clickhouse[Symbol.asyncDispose]();
});

interface Asked {
  readonly path?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask({ path = "/", fields = {}, body, method = "POST", headers = {} }: Asked) {
  const url = `${clickhouse.url}${path}?${new URLSearchParams(fields).toString()}`;
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  const header = (name: string): string | null => answer.headers.get(`x-clickhouse-${name}`);
  return { status: answer.status, text: await answer.text(), code: header("exception-code"), header };
}

describe("the endpoint", () => {
  test("says that it is there", async () => {
    expect(await ask({ path: "/ping", method: "GET" })).toMatchObject({ status: 200, text: "Ok.\n" });
    expect((await ask({ path: "/nowhere", method: "GET" })).status).toBe(404);
  });

  test("takes a query in the URL, in the body, or begun there and ended here, in the format asked for", async () => {
    const query = "SELECT 1 AS a, 'x' AS b";
    expect((await ask({ fields: { query }, method: "GET" })).text).toBe("1\tx\n");
    expect((await ask({ body: query })).text).toBe("1\tx\n");
    expect((await ask({ fields: { query: "SELECT 1 AS a," }, body: "'x' AS b FORMAT CSV" })).text).toBe('1,"x"\n');
    expect((await ask({ body: query, fields: { default_format: "JSONEachRow" } })).text).toBe('{"a":1,"b":"x"}\n');
    const headers = { "x-clickhouse-format": "JSONCompactEachRow" };
    expect((await ask({ body: query, headers })).text).toBe('[1, "x"]\n');
    const { header } = await ask({ body: query, fields: { query_id: "mine" } });
    expect([header("query-id"), header("timezone"), header("format")]).toEqual(["mine", "UTC", "TabSeparated"]);
    expect(JSON.parse(header("summary") ?? "")).toMatchObject({ read_rows: "1" });
  });

  test("binds parameters, and forgets them", async () => {
    const query = "SELECT {a:String}, {b:Array(String)}, {c:Int64}";
    const fields = { query, param_a: "its \\t 汉字", param_b: "['x\\'y','z']", param_c: "-5" };
    expect((await ask({ fields })).text).toBe("its \\t 汉字\t['x\\'y','z']\t-5\n");
    expect(await ask({ fields: { query } })).toMatchObject({ code: "456", status: 500 });
    const form = new FormData();
    form.append("query", query);
    for (const [name, value] of Object.entries(fields)) if (name !== "query") form.append(name, value);
    const answer = await fetch(clickhouse.url, { method: "POST", body: form });
    expect(await answer.text()).toBe("its \\t 汉字\t['x\\'y','z']\t-5\n");
  });

  test("refuses what is too long for a server", async () => {
    const fields = { query: "SELECT length({a:String})" };
    expect((await ask({ fields: { ...fields, param_a: "x".repeat(131_072) } })).text).toBe("131072\n");
    expect(await ask({ fields: { ...fields, param_a: "x".repeat(131_073) } })).toMatchObject({ code: "1000" });
    expect(await ask({ fields: { ...fields, query: `SELECT '${"x".repeat(1_048_576)}'` } })).toMatchObject({
      status: 400,
    });
  });

  test("applies settings to one request alone", async () => {
    const query = "SELECT getSetting('max_threads')";
    expect((await ask({ fields: { query, max_threads: "3" } })).text).toBe("3\n");
    expect((await ask({ body: "SET max_threads = 3" })).status).toBe(200);
    expect((await ask({ fields: { query } })).text).not.toBe("3\n");
    expect(await ask({ fields: { query, no_such_setting: "1" } })).toMatchObject({ status: 404, code: "115" });
    const slow = { query: "SELECT sleep(3)", max_execution_time: "0.2" };
    expect(await ask({ fields: slow })).toMatchObject({ status: 408, code: "159" });
  });

  test("tells an exception by status, header and text", async () => {
    const refused = await ask({ body: "SELECT nonsense" });
    expect(refused).toMatchObject({ status: 404, code: "47" });
    expect(refused.text).toMatch(/^Code: 47\. DB::Exception: .*nonsense.*\(UNKNOWN_IDENTIFIER\)/s);
    expect(await ask({ body: "SELEC 1" })).toMatchObject({ status: 400, code: "62" });
    expect(await ask({ body: "SELECT * FROM nowhere" })).toMatchObject({ status: 404, code: "60" });
    expect(await ask({ body: "SELECT 1", fields: { database: "nowhere" } })).toMatchObject({ status: 404, code: "81" });
    expect(await ask({ body: "SELECT 1", fields: { session_id: "s" } })).toMatchObject({ status: 501, code: "48" });
    const change = { method: "GET", fields: { query: "CREATE TABLE by_get (a Int8) ENGINE = Memory" } };
    expect(await ask(change)).toMatchObject({ code: "164" });
  });

  test("inserts rows of the body in text formats, packed or not, as a whole or not at all", async () => {
    await ask({ body: "CREATE TABLE rows (a Int64, b String) ENGINE = MergeTree ORDER BY a" });
    const into = (format: string) => ({ query: `INSERT INTO rows (a, \`b\`) FORMAT ${format}` });
    const inserted = await ask({ fields: into("TabSeparated"), body: "1\tone\\ttab\n2\ttwo\n" });
    expect(JSON.parse(inserted.header("summary") ?? "")).toMatchObject({ written_rows: "2" });
    const packed = new Uint8Array(gzipSync("3\tthree\n"));
    const headers = { "content-encoding": "gzip" };
    expect((await ask({ fields: into("TSV"), body: packed, headers })).status).toBe(200);
    expect((await ask({ fields: into("JSONEachRow"), body: '{"a":4,"b":"four"}\n' })).status).toBe(200);
    expect((await ask({ fields: into("CSV"), body: '5,"five"\n' })).status).toBe(200);
    expect((await ask({ body: "INSERT INTO rows VALUES (6, 'six')" })).status).toBe(200);
    expect((await ask({ fields: into("TSV"), body: "" })).status).toBe(200);
    const bad = await ask({ fields: into("TSV"), body: "7\tseven\nnot a number\tx\n" });
    expect([bad.status, bad.code]).toEqual([400, "27"]);
    const binary = await ask({ fields: into("RowBinary"), body: Uint8Array.of(200, 200, 200) });
    expect([binary.status, binary.code]).toEqual([501, "48"]);
    expect((await ask({ body: "SELECT a, b FROM rows ORDER BY a" })).text).toBe(
      "1\tone\\ttab\n2\ttwo\n3\tthree\n4\tfour\n5\tfive\n6\tsix\n",
    );
  });

  test("serves the official client", async () => {
    await using client = createClient({ url: clickhouse.url, log: { level: ClickHouseLogLevel.OFF } });
    expect(await client.ping()).toEqual({ success: true });
    await client.command({ query: "CREATE TABLE official (a Int64, b String) ENGINE = MergeTree ORDER BY a" });
    const values = Readable.from([{ a: 1, b: "x" }, { a: "9007199254740993", b: "y" }]); // prettier-ignore
    const { executed, summary } = await client.insert({ table: "official", values, format: "JSONEachRow" });
    expect([executed, summary?.written_rows]).toEqual([true, "2"]);
    const query = "SELECT a, b FROM official WHERE a >= {least:Int64} ORDER BY a";
    const query_params = { least: 1 };
    const clickhouse_settings = { output_format_json_quote_64bit_integers: 1 } as const;
    const result = await client.query({ query, query_params, format: "JSONEachRow", clickhouse_settings });
    expect(await result.json()).toEqual([{ a: "1", b: "x" }, { a: "9007199254740993", b: "y" }]); // prettier-ignore
    await expect(client.query({ query: "SELECT nonsense" })).rejects.toMatchObject({ code: "47", type: "UNKNOWN_IDENTIFIER" }); // prettier-ignore
  });

  test("runs queries beside each other and beside inserts, each with its own parameters", async () => {
    await ask({ body: "CREATE TABLE busy (a Int64) ENGINE = MergeTree ORDER BY a" });
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join("");
    const inserts = Array.from({ length: 10 }, () =>
      ask({ fields: { query: "INSERT INTO busy FORMAT TSV" }, body: rows }),
    );
    const queries = Array.from({ length: 100 }, async (_, i) => {
      const { text } = await ask({ fields: { query: "SELECT {i:Int64}, sum(number) FROM numbers(10000)", param_i: String(i) } }); // prettier-ignore
      return text;
    });
    expect(await Promise.all(queries)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}\t49995000\n`));
    for (const { status } of await Promise.all(inserts)) expect(status).toBe(200);
    expect((await ask({ body: "SELECT count() FROM busy" })).text).toBe("200000\n");
  });
});

describe("the endpoint's process", () => {
  test("answers only whom it may", async () => {
    await using guarded = await startTestClickHouse({ credentials: { user: "u", password: "p:q" } });
    const status = async (headers: Readonly<Record<string, string>>, fields = ""): Promise<number> => {
      const answer = await fetch(`${guarded.url}/?query=SELECT%201${fields}`, { headers });
      await answer.arrayBuffer();
      return answer.status;
    };
    expect(await status({})).toBe(403);
    expect(await status({ authorization: `Basic ${Buffer.from("u:p:q").toString("base64")}` })).toBe(200);
    expect(await status({ "x-clickhouse-user": "u", "x-clickhouse-key": "p:q" })).toBe(200);
    expect(await status({}, "&user=u&password=p%3Aq")).toBe(200);
    expect(await status({}, "&user=u&password=other")).toBe(403);
  });

  test("alone has its folder, keeps it over a kill, and comes back on its port", async () => {
    await using folder = await openTemporaryFolder();
    const program = await builtSource("cli/services/clickhouse/endpoint-program.ts");
    const options = { folder: folder.path, port: 0, program };
    await using service = await startClickHouse(options);
    await expect(startClickHouse(options)).rejects.toMatchObject({
      code: "SERVICE_FAILED",
      message: expect.stringMatching(/lock/i),
    });
    const [address = ""] = service.addresses;
    const run = async (body: string): Promise<string> =>
      (await fetch(`http://${address}`, { method: "POST", body })).text();
    await run("CREATE TABLE kept (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS fsync_after_insert = 1");
    await run("INSERT INTO kept VALUES (1)");
    const [before] = service.pids;
    service.signal("SIGKILL");
    await service.ended();
    await service.restart();
    expect(service.addresses).toEqual([address]);
    expect(service.pids).not.toEqual([before]);
    expect(await run("SELECT a FROM kept")).toBe("1\n");
  });

  test("that is told to end answers first what it has begun", async () => {
    const service = await startTestClickHouse();
    const begun = fetch(`${service.url}/?query=SELECT%20sleep(1)`);
    // A second request is answered while the first runs, so the first has arrived.
    for (;;) {
      const running = await fetch(`${service.url}/?query=SELECT%20count()%20FROM%20system.processes`);
      if (Number(await running.text()) > 1) break;
    }
    const ended = service[Symbol.asyncDispose]();
    expect(await (await begun).text()).toBe("0\n");
    await ended;
  });
});
