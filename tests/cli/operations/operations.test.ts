/** Operations over a whole engine in memory: what they answer adds up, and work done twice is done once. */
import { appendFile, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { OperationRequest, OperationUpdate } from "../../../cli/operations/operation.ts";
import { createOperations } from "../../../cli/operations/perform-operation.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryEngine, type MemoryEngine } from "../../support/memory-engine.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

const never = new AbortController().signal;
const platform = samplePlatform();

async function run(engine: MemoryEngine, request: OperationRequest, signal = never): Promise<Record<string, unknown>> {
  let last: OperationUpdate | null = null;
  for await (const update of createOperations(engine)(request, signal)) last = update;
  if (last?.kind !== "result") throw new Error("an operation ended without a result");
  return last.result as Record<string, unknown>;
}

const file = (path: string, source = "user-behavior"): OperationRequest => ({
  kind: "ingest-file",
  path,
  source,
  format: null,
  complete: false,
});
const push = (source: string, body: string, contentType = ""): OperationRequest => ({
  kind: "push",
  source,
  body: Buffer.from(body).toString("base64"),
  contentType,
});
const line = (user: number, second = 1_511_658_000): string => `${user},7,1,pv,${second}\n`;
const bad = "1,7,1,pv,15116\xff\n";

describe("ingest of a file", () => {
  it("answers when all stores have it, and counts every record once", async () => {
    await using folder = await openTemporaryFolder();
    await using engine = await openMemoryEngine(platform);
    const path = join(folder.path, "a.csv");
    await writeFile(path, Array.from({ length: 5_000 }, (_, i) => line(i % 10)).join("") + "1,7,1,pv,151165\n");
    expect(await run(engine, file(path))).toMatchObject({ read: 5_001, applied: 5_000, duplicates: 0, quarantined: 1 });
    const consumer = { generation: 1, entity: "Consumer", keys: ["member:3"], fields: ["views"] };
    const { entities } = await engine.state.read(consumer);
    expect(entities[0]?.get("views")).toEqual({ operation: "add", amount: 500 });
    await copyFile(path, join(folder.path, "b.csv"));
    const again = { read: 5_001, applied: 0, duplicates: 5_001, quarantined: 0 };
    expect(await run(engine, file(path))).toMatchObject(again);
    expect(await run(engine, file(join(folder.path, "b.csv")))).toMatchObject(again);
    await appendFile(path, line(11) + line(12));
    expect(await run(engine, file(path))).toMatchObject({ read: 5_003, applied: 2, duplicates: 5_001, quarantined: 0 });
  });

  it("does not count what a run before it had appended and nobody had processed", async () => {
    await using folder = await openTemporaryFolder();
    await using engine = await openMemoryEngine(platform);
    const path = join(folder.path, "a.csv");
    await writeFile(path, line(1) + line(2));
    await engine.pauseIngest();
    const killed = new AbortController();
    const first = run(engine, file(path), killed.signal);
    while ((await engine.log.ranges("events.user-behavior"))[0]?.end !== 2) await new Promise(setImmediate);
    killed.abort();
    await expect(first).rejects.toMatchObject({ name: "AbortError" });
    const second = run(engine, file(path));
    engine.resumeIngest();
    expect(await second).toMatchObject({ read: 2, applied: 0, duplicates: 2, quarantined: 0 });
  });

  it("gives each of two that come at once its own numbers", async () => {
    await using folder = await openTemporaryFolder();
    await using engine = await openMemoryEngine(platform);
    const path = join(folder.path, "a.csv");
    await writeFile(path, Array.from({ length: 300 }, (_, i) => line(i)).join(""));
    const perform = createOperations(engine);
    const both = await Promise.all(
      [0, 1].map(async () => {
        let applied = -1;
        for await (const update of perform(file(path), never)) {
          if (update.kind === "result") applied = (update.result as { applied: number }).applied;
        }
        return applied;
      }),
    );
    expect(both.sort((a, b) => a - b)).toEqual([0, 300]);
  });

  it("names the sources that there are when it is given another", async () => {
    await using engine = await openMemoryEngine(platform);
    await expect(run(engine, file("/x", "user-behaviour"))).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN",
      message: expect.stringContaining("user-behavior, "),
    });
  });
});

describe("push and generate", () => {
  it("count by themselves, beside other traffic of the same source", async () => {
    await using engine = await openMemoryEngine(platform);
    const event = (id: string, user: unknown): object => ({
      event_id: id,
      user_id: user,
      item_id: "7",
      behavior: "pv",
      unix_seconds: 1_511_658_000,
    });
    const events = [event("a", "1"), event("a", "1"), event("b", "1"), event("c", null)];
    const answer = await run(engine, push("user-behavior", JSON.stringify(events)));
    expect(answer).toMatchObject({ read: 4, applied: 2, duplicates: 1, quarantined: 1 });
    expect(answer["refused"]).toMatchObject([
      { index: 3, id: "user-behavior:0:3", rule: "UserBehavior.userId:missing" },
    ]);
    const ndjson = events.map((each) => JSON.stringify(each)).join("\n");
    expect(await run(engine, push("user-behavior", ndjson, "application/x-ndjson"))).toMatchObject({
      applied: 0,
      duplicates: 3,
    });
    await expect(run(engine, push("user-behavior", "nonsense"))).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const made = await run(engine, { kind: "generate", events: 200, seed: 1, source: "user-behavior", rate: null });
    expect(made["read"]).toBe(200);
    expect(Number(made["applied"]) + Number(made["duplicates"]) + Number(made["quarantined"])).toBe(200);
    expect(Number(made["applied"])).toBeGreaterThan(150);
  });
});

describe("the quarantine", () => {
  it("lists the newest first with file and line, and shows a record whole", async () => {
    await using folder = await openTemporaryFolder();
    let now = Date.UTC(2020, 0, 1);
    await using engine = await openMemoryEngine(platform, { clock: () => (now += 1000) });
    const path = join(folder.path, "a.csv");
    await writeFile(path, Buffer.from(line(1) + bad + line(2), "latin1"));
    await run(engine, file(path));
    await run(engine, push("orders", '[{"order_id":"o1"},{"order_id":"o2"}]'));
    const all = await run(engine, { kind: "quarantine-list", source: null, limit: 100 });
    expect(all).toMatchObject({
      total: 3,
      items: [
        { source: "orders", offset: 1 },
        { source: "orders", offset: 0 },
        { source: "user-behavior", file: path, line: 2, offset: 1, rule: "utf8" },
      ],
    });
    expect(JSON.stringify(all)).not.toContain('"raw"');
    expect(await run(engine, { kind: "quarantine-list", source: "orders", limit: 1 })).toMatchObject({
      total: 2,
      items: [{ offset: 1 }],
    });
    expect(await run(engine, { kind: "quarantine-show", id: "orders:0:0" })).toMatchObject({
      record: { encoding: "utf8", text: '{"order_id":"o1"}' },
      hint: expect.stringContaining("change the declaration"),
    });
    expect(await run(engine, { kind: "quarantine-show", id: "user-behavior:0:1" })).toMatchObject({
      record: { encoding: "base64", text: Buffer.from(bad.trim(), "latin1").toString("base64") },
    });
    await expect(run(engine, { kind: "quarantine-show", id: "orders:0:9" })).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });
});

describe("status and replay", () => {
  it("tell how far the stores are behind, and rebuild to the same values", async () => {
    await using engine = await openMemoryEngine(platform);
    await run(
      engine,
      push(
        "user-behavior",
        JSON.stringify([{ user_id: "1", item_id: "2", behavior: "buy", unix_seconds: 1_511_658_000 }]),
      ),
    );
    await engine.pauseIngest();
    const record = { key: null, value: Buffer.from("{}"), sequence: null };
    const origin = { format: "json", producer: "test" } as const;
    await engine.log.append("events.user-behavior", { origin, time: 0, records: [record, record, record] });
    const behind = await run(engine, { kind: "status" });
    expect(behind["sources"]).toMatchObject([
      { name: "user-behavior", partitions: [{ start: 0, end: 4, stateLag: 3, seriesLag: 3 }] },
      {},
      {},
      {},
      {},
      {},
      {},
      {},
    ]);
    engine.resumeIngest();
    expect(await run(engine, { kind: "replay", model: "Consumer", keep: false })).toMatchObject({
      generation: 2,
      events: 4,
    });
    const read = { generation: 2, entity: "Consumer", keys: ["member:1"], fields: ["purchases"] };
    expect((await engine.state.read(read)).entities[0]?.get("purchases")).toEqual({ operation: "add", amount: 1 });
  });
});
