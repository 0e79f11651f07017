/** The thread of the embedded series engine: its connections, its failures, its end. */
import { describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { startSeriesServer } from "../../../stores/embedded/series-server.ts";
import { builtSource } from "../../support/built-sources.ts";
import { openEmbeddedSeries } from "../../support/embedded-series.ts";

/** A worker that says it is ready, then does what is given when its first message comes. */
function standIn(then: string): URL {
  const code = `import { parentPort } from "node:worker_threads";
    parentPort.postMessage({ kind: "ready" });
    parentPort.on("message", (message) => { ${then} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

describe("the embedded series engine's thread", () => {
  test("gives the engine's own message with STORE_UNAVAILABLE, and goes on", async () => {
    await using series = await openEmbeddedSeries();
    await using connection = connectSeries(series.server.connect());
    await expect(connection.query("SELECT nonsense", {})).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("nonsense"),
    });
    await expect(connection.command("DROP TABLE nowhere")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const body = new TextEncoder().encode("x\n");
    const insert = { table: "nowhere", columns: ["a"], body, settings: {} };
    await expect(connection.insert(insert)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await connection.query("SELECT {a:Int64} + 1", { a: 1 })).toEqual([[2]]);
  });

  test("stops a query that takes too long, or too much memory", async () => {
    await using series = await openEmbeddedSeries();
    await using connection = connectSeries(series.server.connect());
    const endless = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000) SETTINGS max_execution_time = 0.2";
    await expect(connection.query(endless, {})).rejects.toThrow(/timeout/i);
    const large = "SELECT uniqExact(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000";
    await expect(connection.query(large, {})).rejects.toThrow(/memory/i);
  });

  test("serves another thread over a transferred port", async () => {
    await using series = await openEmbeddedSeries();
    const connectionUrl = await builtSource("stores/embedded/series-connection.ts");
    const code = `import { parentPort, workerData } from "node:worker_threads";
      import { connectSeries } from ${JSON.stringify(connectionUrl.href)};
      const connection = connectSeries(workerData);
      parentPort.postMessage(await connection.query("SELECT 42", {}));`;
    const port = series.server.connect();
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: port,
      transferList: [port],
    });
    expect(await once(worker, "message")).toEqual([[[42]]]);
    await worker.terminate();
  });

  test("answers reads while inserts are running", async () => {
    await using series = await openEmbeddedSeries();
    await using writes = connectSeries(series.server.connect());
    await using reads = connectSeries(series.server.connect());
    await writes.command("CREATE TABLE t (a Int64, b String) ENGINE = MergeTree ORDER BY b");
    const text = Array.from({ length: 100_000 }, (_, i) => `${i}\t${(i * 7919) % 100_003}\n`).join("");
    let inserting = 5;
    const inserts = Array.from({ length: 5 }, async () => {
      await writes.insert({ table: "t", columns: ["a", "b"], body: new TextEncoder().encode(text), settings: {} });
      inserting--;
    });
    expect(await reads.query("SELECT 1", {})).toEqual([[1]]);
    expect(inserting).toBeGreaterThan(0);
    await Promise.all(inserts);
    expect(await reads.query("SELECT count() FROM t", {})).toEqual([[500_000]]);
  });

  test("that dies is reported, rejects what waits for it, and refuses what comes after", async () => {
    await using server = await startSeriesServer({
      path: "unused",
      workerUrl: standIn("if (message.kind === 'connect') message.port.once('message', () => process.exit(3))"),
    });
    const reported = new Promise((resolve) => server.onExit(resolve));
    const connection = connectSeries(server.connect());
    await expect(connection.query("SELECT 1", {})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await reported).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining("code 3"),
    });
    await expect(connection.query("SELECT 1", {})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(connectSeries(server.connect()).query("SELECT 1", {})).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
  });

  test("that never answers is given up on", async () => {
    await using server = await startSeriesServer({
      path: "unused",
      workerUrl: standIn("if (message.kind === 'close') process.exit(0)"),
    });
    const connection = connectSeries(server.connect(), { queryTimeoutMs: 20, writeTimeoutMs: 30 });
    await expect(connection.query("SELECT 1", {})).rejects.toThrow("has not answered for 20 ms");
    await expect(connection.command("SELECT 1")).rejects.toThrow("has not answered for 30 ms");
  });

  test("that cannot open its directory says why", async () => {
    await using series = await openEmbeddedSeries();
    const file = join(series.path, "a-file");
    await writeFile(file, "");
    const workerUrl = await builtSource("stores/embedded/series-worker.ts");
    await expect(startSeriesServer({ path: file, workerUrl })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  test("keeps what was written when it is closed and opened again", async () => {
    await using series = await openEmbeddedSeries();
    const first = connectSeries(series.server.connect());
    await first.command("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a");
    const inserted = first.insert({
      table: "t",
      columns: ["a"],
      body: new TextEncoder().encode("x\ny\n"),
      settings: {},
    });
    await series.server[Symbol.asyncDispose]();
    await inserted;
    const workerUrl = await builtSource("stores/embedded/series-worker.ts");
    await using server = await startSeriesServer({ path: series.path, workerUrl });
    expect(await connectSeries(server.connect()).query("SELECT a FROM t ORDER BY a", {})).toEqual([["x"], ["y"]]);
  });
});
