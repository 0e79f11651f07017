/** The quarantine lists each rejected record once, whoever rejects it, in whatever order. */
import { describe, expect, it } from "@jest/globals";
import { QuarantineWriter, readQuarantine, type RejectedRecord } from "../../../ingest/quality/quarantine.ts";
import type { SourceModel } from "../../../schema/model/source.ts";
import { createMemoryEventLog } from "../../../stores/memory/event-log.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";

const source: SourceModel = {
  name: "visits",
  domain: "market",
  topic: "events.visits",
  quarantineTopic: "quarantine.visits",
  csvColumns: null,
  fileFormat: "json",
  description: null,
};

function rejected(...offsets: readonly number[]): readonly RejectedRecord[] {
  const origin = { format: "json", producer: "http" } as const;
  return offsets.map((offset) => ({
    record: { offset, time: 0, sequence: null, value: Buffer.from(`{"n":${String(offset)}}`), origin },
    rejection: { rule: "Visit.n:max", reason: "n is too large." },
  }));
}

async function listed(log: EventLog): Promise<readonly number[]> {
  const offsets: number[] = [];
  for await (const { offset } of readQuarantine(log, [source])) offsets.push(offset);
  return offsets.sort((a, b) => a - b);
}

describe("the quarantine", () => {
  it("does not list again what is rejected again after a crash", async () => {
    await using log = createMemoryEventLog();
    await log.createTopic(source.quarantineTopic, { partitions: 2 });
    await new QuarantineWriter(log, { source, partition: 0 }).write(rejected(5, 9), 1);
    await new QuarantineWriter(log, { source, partition: 0 }).write(rejected(5, 9, 12), 2);
    expect(await listed(log)).toEqual([5, 9, 12]);
  });

  it("lists what only a rebuild under stricter rules rejects, beside a worker that goes on", async () => {
    await using log = createMemoryEventLog();
    await log.createTopic(source.quarantineTopic, { partitions: 1 });
    const serving = new QuarantineWriter(log, { source, partition: 0 });
    const rebuild = new QuarantineWriter(log, { source, partition: 0 });
    await serving.write(rejected(5, 9), 1);
    await rebuild.write(rejected(2, 5, 7), 2);
    await serving.write(rejected(12), 3);
    await Promise.all([rebuild.write(rejected(8, 9, 12, 13), 4), serving.write(rejected(13, 14), 4)]);
    expect(await listed(log)).toEqual([2, 5, 7, 8, 9, 12, 13, 14]);
  });

  it("keeps partitions apart", async () => {
    await using log = createMemoryEventLog();
    await log.createTopic(source.quarantineTopic, { partitions: 2 });
    await new QuarantineWriter(log, { source, partition: 0 }).write(rejected(5), 1);
    await new QuarantineWriter(log, { source, partition: 1 }).write(rejected(3, 5), 1);
    await new QuarantineWriter(log, { source, partition: 1 }).write(rejected(3, 5), 2);
    expect(await listed(log)).toEqual([3, 5, 5]);
  });
});
