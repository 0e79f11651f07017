/** Lag is asked of the stores alone: what they include, and how old the first record is that they do not. */
import { describe, expect, it } from "@jest/globals";
import { measureLag, type LagDeps } from "../../../cli/operations/measure-lag.ts";
import { OnefoldError } from "../../../schema/errors.ts";
import { createMemoryEventLog } from "../../../stores/memory/event-log.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";

const platform = { sources: [{ name: "orders", topic: "events.orders" }] } as unknown as LagDeps["platform"];
const topic = "events.orders";

async function logOf(times: readonly number[]): Promise<EventLog> {
  const log = createMemoryEventLog();
  await log.createTopic(topic, { partitions: 1 });
  for (const time of times) {
    const records = [{ key: null, value: Buffer.from("x"), sequence: null }];
    await log.append(topic, { origin: { format: "json", producer: "test" }, time, records });
  }
  return log;
}

function depsOf(log: LagDeps["log"], stateFences: readonly number[], seriesTo: number): LagDeps {
  return {
    platform,
    log,
    state: { fences: async () => stateFences },
    series: { fences: async () => ({ [`${topic}/0`]: seriesTo }) },
    clock: () => 10_000,
  };
}

describe("lag", () => {
  it("counts from the least shard's fence, and is as old as the first record above it", async () => {
    const log = await logOf([1_000, 2_000, 7_000]);
    expect(await measureLag(depsOf(log, [3, 2, 3], 1), 1)).toEqual([
      {
        ...{ source: "orders", partition: 0, start: 0, end: 3 },
        state: { reached: 2, events: 1, seconds: 3 },
        series: { reached: 1, events: 2, seconds: 8 },
      },
    ]);
  });

  it("is nothing where a store includes all, also of an empty log", async () => {
    const [all] = await measureLag(depsOf(await logOf([1_000]), [1], 1), 1);
    expect([all?.state, all?.series]).toEqual(Array(2).fill({ reached: 1, events: 0, seconds: 0 }));
    const [none] = await measureLag(depsOf(await logOf([]), [0], 0), 1);
    expect(none?.state).toEqual({ reached: 0, events: 0, seconds: 0 });
  });

  it("does not go below zero where a record's clock is ahead", async () => {
    const [lag] = await measureLag(depsOf(await logOf([99_000]), [0], 0), 1);
    expect(lag?.state).toEqual({ reached: 0, events: 1, seconds: 0 });
  });

  it("is known in events, though not in seconds, where the record is torn", async () => {
    const log = await logOf([1_000]);
    const torn = {
      ranges: (name: string) => log.ranges(name),
      read: () => Promise.reject(new OnefoldError("LOG_CORRUPT", "torn")),
    };
    const [lag] = await measureLag(depsOf(torn, [0], 1), 1);
    expect(lag?.state).toEqual({ reached: 0, events: 1, seconds: null });
  });

  it("is not told where a store does not answer", async () => {
    const deps = depsOf(await logOf([1_000]), [0], 0);
    const away = { ...deps, series: { fences: () => Promise.reject(new OnefoldError("STORE_UNAVAILABLE", "away")) } };
    await expect(measureLag(away, 1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
