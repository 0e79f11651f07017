/** Running the generator into a log: the catalogue once, then traffic that never repeats an id. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import {
  runGenerator,
  type RunGeneratorDeps,
  type RunGeneratorOptions,
  type RunGeneratorResult,
} from "../../../ingest/generator/index.ts";
import { createMemoryEventLog } from "../../../stores/memory/event-log.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import { samplePlatform } from "../sources/sample-platform.ts";

const now = Date.UTC(2026, 0, 15, 12);
const clean = { late: 0, duplicated: 0, corrupt: 0 };
const small = { people: 50, items: 100, shops: 5, contents: 20 };

let platform: PlatformModel;
beforeAll(async () => {
  platform = await samplePlatform();
});

function run(
  log: EventLog,
  options: Partial<RunGeneratorOptions>,
  deps: Partial<RunGeneratorDeps> = {},
): Promise<RunGeneratorResult> {
  const { signal } = new AbortController();
  const defaults = { seed: 1, events: 1_000, ratePerSecond: null, world: small, flaws: clean };
  return runGenerator({ log, platform, clock: () => now, signal, ...deps }, { ...defaults, ...options });
}

async function firstIds(log: EventLog): Promise<readonly string[]> {
  const topics = await Promise.all(platform.sources.map(({ topic }) => log.createTopic(topic, { partitions: 1 })));
  const chunks = await Promise.all(
    topics.map(({ topic }) => log.read(topic, 0, 0, { maxRecords: 1e6, maxBytes: 1e9 })),
  );
  return chunks.flatMap(({ records }) =>
    Array.from(records, (r) => String(Object.values(JSON.parse(Buffer.from(r.value).toString()) as object)[0])),
  );
}

describe("a run", () => {
  it("sends the catalogue and then so many events, all before now", async () => {
    const log = createMemoryEventLog();
    const result = await run(log, {});
    expect(result.appended - result.catalogue).toBe(1_000);
    expect(result.catalogue).toBeGreaterThan(170);
    expect(result.note).toBeNull();
    expect(Object.values(result.cursor).reduce((sum, end) => sum + end, 0)).toBe(result.appended);
    const { records } = await log.read("events.user-behavior", 0, 0);
    const times = Array.from(
      records,
      ({ value }) => (JSON.parse(Buffer.from(value).toString()) as { unix_seconds: number }).unix_seconds * 1000,
    );
    expect(Math.max(...times)).toBeLessThanOrEqual(now);
    expect(Math.max(...times)).toBeGreaterThan(now - 2 * 3_600_000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(now - 86_400_000);
    expect([...records][0]?.origin).toEqual({ format: "json", producer: "generator" });
  });

  it("goes on where earlier runs of its seed ended: no catalogue again, no id twice", async () => {
    const log = createMemoryEventLog();
    const first = await run(log, {});
    const second = await run(log, {});
    expect([first.catalogue > 0, second.catalogue]).toEqual([true, 0]);
    const ids = await firstIds(log);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(first.appended + 1_000);
  });

  it("may meet another one: still one catalogue, and no id twice", async () => {
    const log = createMemoryEventLog();
    const results = await Promise.all([run(log, {}), run(log, {}), run(log, {})]);
    const single = await run(createMemoryEventLog(), {});
    expect(results.reduce((sum, { catalogue }) => sum + catalogue, 0)).toBe(single.catalogue);
    const ids = await firstIds(log);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("may be for one source, without the catalogue", async () => {
    const result = await run(createMemoryEventLog(), { source: "payments", events: 50 });
    expect(result).toMatchObject({ appended: 50, catalogue: 0, bySource: { payments: 50 } });
  });

  it("makes events from the declaration for a source without a script, and refuses one that nobody declared", async () => {
    const renamed = {
      ...platform,
      events: platform.events.map((event) => (event.source === "payments" ? { ...event, name: "Paid" } : event)),
    };
    const result = await run(createMemoryEventLog(), { source: "payments", events: 50 }, { platform: renamed });
    expect(result).toMatchObject({ appended: 50, bySource: { payments: 50 } });
    await expect(run(createMemoryEventLog(), { source: "none" })).rejects.toMatchObject({ code: "SOURCE_UNKNOWN" });
  });

  it("says so when there is nothing to do", async () => {
    const result = await run(createMemoryEventLog(), {}, { platform: { ...platform, events: [] } });
    expect(result).toMatchObject({ appended: 0, note: /None of the declared sources/ });
  });

  it("at a rate follows the clock until it is told to stop", async () => {
    const log = createMemoryEventLog();
    const stop = new AbortController();
    let time = now;
    let ticks = 0;
    const wait = async (ms: number): Promise<void> => {
      time += ms;
      if (++ticks === 600) stop.abort();
    };
    const deps = { clock: () => time, wait, signal: stop.signal };
    const result = await run(log, { events: null, ratePerSecond: 50 }, deps);
    expect((result.appended - result.catalogue) / 60).toBeCloseTo(50 * 1.06, -1);
  });

  it("at a rate leaves out what it could not send in time, instead of flooding the log", async () => {
    const log = createMemoryEventLog();
    const stop = new AbortController();
    let time = now;
    let ticks = 0;
    const wait = async (ms: number): Promise<void> => {
      time += ticks === 5 ? 3_600_000 : ms;
      if (++ticks === 10) stop.abort();
    };
    const result = await run(
      log,
      { events: null, ratePerSecond: 1_000 },
      { clock: () => time, wait, signal: stop.signal },
    );
    expect(result.appended - result.catalogue).toBeLessThan(10_000);
  });

  it("stops with the signal's reason before its number of events is reached", async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error("enough"));
    const running = run(createMemoryEventLog(), { events: 1e9 }, { onProgress, signal: stop.signal });
    await expect(running).rejects.toThrow("enough");
  });
});
