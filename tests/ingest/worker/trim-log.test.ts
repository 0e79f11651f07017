/** Retention: the log and the feed forget what is old, and never what a store still needs. */
import { describe, expect, it } from "@jest/globals";
import type { PartitionProcessor } from "../../../ingest/worker/partition-processor.ts";
import { trimLog } from "../../../ingest/worker/trim-log.ts";
import { createMemoryChangeFeed } from "../../../stores/memory/change-feed.ts";
import { createMemoryEventLog } from "../../../stores/memory/event-log.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import { overLog, tornLog } from "../fixtures/changed-logs.ts";
import { origin } from "../fixtures/market.ts";

const topic = "events.visits";
const needing = (needed: number): PartitionProcessor =>
  ({ topic, partition: 0, needed }) as unknown as PartitionProcessor;

/** Ten records, one a second, from the beginning of time, each read by itself. */
async function tenRecords(): Promise<EventLog> {
  const log = createMemoryEventLog();
  await log.createTopic(topic, { partitions: 1 });
  for (let at = 0; at < 10; at++) {
    await log.append(topic, {
      origin,
      records: [{ key: null, value: Buffer.of(at), sequence: null }],
      time: at * 1000,
    });
  }
  return overLog(log, { read: (name, partition, from) => log.read(name, partition, from, { maxRecords: 1 }) });
}

async function startAfterTrim(
  needed: number,
  horizonMs: number,
  change = (log: EventLog): EventLog => log,
): Promise<number> {
  const log = await tenRecords();
  await trimLog({ log: change(log), changes: createMemoryChangeFeed() }, needing(needed), horizonMs);
  return (await log.ranges(topic))[0]?.start ?? -1;
}

describe("a trim", () => {
  it("forgets what is older than the horizon", async () => {
    expect(await startAfterTrim(10, 4000)).toBe(4);
    expect(await startAfterTrim(10, 0)).toBe(0);
    expect(await startAfterTrim(10, 1e9)).toBe(10);
  });

  it("stops at what is still needed", async () => {
    expect(await startAfterTrim(3, 1e9)).toBe(3);
    expect(await startAfterTrim(0, 1e9)).toBe(0);
  });

  it("goes over a torn stretch as over any other", async () => {
    const torn = (log: EventLog): EventLog => tornLog(log, { topic, partition: 0, from: 2, next: 5 });
    expect(await startAfterTrim(10, 8000, torn)).toBe(8);
    expect(await startAfterTrim(4, 1e9, torn)).toBe(2);
  });
});
