/** What is logged about running: stable fields, one line an outage, and never a secret. */
import { describe, expect, it } from "@jest/globals";
import { createInstanceLogger } from "../../../cli/instance/create-instance-logger.ts";
import type { LogEvent } from "../../../cli/telemetry/log-event.ts";
import { createIngestLog } from "../../../cli/telemetry/log-ingest.ts";
import { createStoreLog } from "../../../cli/telemetry/log-stores.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { catchOutput } from "../../support/catch-output.ts";
import { samplePlatform } from "../../support/compile-platform.ts";
import { openMemoryInstance } from "../../support/memory-instance.ts";

const away = new OnefoldError("STORE_UNAVAILABLE", "The series store has not answered for 5 ms.");

describe("a store's outage", () => {
  it("is logged once when it begins and once when it ends, with its length", () => {
    const events: LogEvent[] = [];
    let now = 1_000;
    const observe = createStoreLog(
      (event) => events.push(event),
      () => now,
    );
    const call = (fault: unknown): void => observe({ store: "series", method: "write", seconds: 0, fault });
    call(undefined);
    call(away);
    now = 4_000;
    for (let i = 0; i < 9; i++) call(away);
    observe({ store: "state", method: "apply", seconds: 0, fault: undefined });
    call(undefined);
    call(undefined);
    expect(events).toEqual([
      expect.objectContaining({
        event: "store.unavailable",
        fields: { store: "series", method: "write", code: "STORE_UNAVAILABLE", error: away.message },
      }),
      expect.objectContaining({
        event: "store.available",
        fields: { store: "series", downMs: 3_000, failedCalls: 10 },
      }),
    ]);
  });

  it("is not what an answer with another code tells", () => {
    const events: LogEvent[] = [];
    const observe = createStoreLog((event) => events.push(event));
    observe({ store: "log", method: "read", seconds: 0, fault: new OnefoldError("LOG_GAP", "gone") });
    expect(events).toEqual([]);
  });
});

describe("a stage", () => {
  it("is logged where it takes long, with its name and place", async () => {
    const events: LogEvent[] = [];
    const log = createIngestLog((event) => events.push(event), { worker: "live", slowStageMs: 20 });
    const batch = log.batch({ topic: "events.orders", partition: 3 });
    batch.stage("standardize")();
    const end = batch.stage("state");
    await new Promise((resolve) => setTimeout(resolve, 30));
    end();
    expect(events).toEqual([
      expect.objectContaining({
        event: "ingest.slow_stage",
        fields: { worker: "live", stage: "state", ms: expect.any(Number), topic: "events.orders", partition: 3 },
      }),
    ]);
  });
});

describe("an instance's log", () => {
  it("names what happens by `event`, with its fields", async () => {
    await using instance = await openMemoryInstance(samplePlatform());
    await instance.engine.waitFor({}, "all", 0);
    await instance.engine.pauseIngest();
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ level: 30, event: "ingest.running", worker: "live", partitions: expect.any(Array) }),
    );
  });

  it("shows no secret, wherever one stands", () => {
    const terminal = catchOutput();
    const logger = createInstanceLogger({ level: "info", stream: terminal.stderr });
    const err = new Error("connect redis://app:hunter2@10.0.0.7:6379 failed");
    logger.error({ err, kafka: { sasl: { username: "u", password: "hunter2" } }, password: "hunter2" }, "It failed.");
    logger.info(
      { url: "https://u:hunter2@host/x", headers: { authorization: "Bearer hunter2" } },
      "https://u:hunter2@h",
    );
    logger.info(
      { text: JSON.stringify({ clickhouse: { password: "hunter2" } }), apiKey: 'a"hunter2' },
      "password=hunter2&x",
    );
    expect(terminal.err()).not.toContain("hunter2");
    for (const line of terminal.err().trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("msg");
    expect(terminal.err()).toContain("10.0.0.7:6379");
    expect(terminal.err()).toContain('"username":"u"');
  });
});
