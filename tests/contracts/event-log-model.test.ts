/** Random commands, against the event log in memory as the model: the embedded log answers the same, always. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import { createMemoryEventLog } from "../../stores/memory/event-log.ts";
import type { AppendBatch, EventLog, LogChunk } from "../../stores/ports/event-log.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

type Command =
  | { readonly kind: "append"; readonly topic: string; readonly batches: readonly AppendBatch[] }
  | {
      readonly kind: "read";
      readonly topic: string;
      readonly at: number;
      readonly maxRecords: number;
      readonly maxBytes: number;
    }
  | { readonly kind: "trim"; readonly topic: string; readonly at: number }
  | { readonly kind: "topic"; readonly topic: string; readonly partitions: number }
  | { readonly kind: "reopen" };

const topics = ["one", "four"];
const topic = fc.constantFrom(...topics);
/** Where in what a partition holds. */
const at = fc.double({ min: 0, max: 1, noNaN: true });

const record = fc.record({
  key: fc.option(fc.constantFrom("a", "b", "c", "ü")),
  value: fc.uint8Array({ maxLength: 60 }),
  sequence: fc.option(fc.maxSafeNat().map((nat) => Math.floor(nat / 4))),
});
const producer = fc.record({
  name: fc.constantFrom("file:1", "file:2"),
  expectedVersion: fc.nat(4),
  state: fc.string({ maxLength: 5 }),
});
const batch: fc.Arbitrary<AppendBatch> = fc
  .record({
    origin: fc.constantFrom<AppendBatch["origin"]>(
      { format: "json", producer: "http" },
      { format: "csv", columns: ["a", "b"], producer: "file:1", file: "/data/a.csv" },
    ),
    records: fc.array(record, { maxLength: 12 }),
    time: fc.nat(),
    producer: fc.option(producer, { nil: undefined }),
  })
  .map(({ producer: moved, ...rest }) => (moved === undefined ? rest : { ...rest, producer: moved }));

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("append"), topic, batches: fc.array(batch, { maxLength: 4 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("read"),
      topic,
      at,
      maxRecords: fc.integer({ min: 1, max: 20 }),
      maxBytes: fc.integer({ min: 0, max: 300 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("trim"), topic, at }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("topic"), topic, partitions: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen") }) },
);

describe("the embedded EventLog", () => {
  it("answers as the one in memory does, whatever is asked in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        await using folder = await openTemporaryFolder();
        await using model = createMemoryEventLog();
        let real = await openEmbeddedEventLog({ path: folder.path });
        try {
          for (const log of [model, real]) {
            await log.createTopic("one", { partitions: 1 });
            await log.createTopic("four", { partitions: 4 });
          }
          for (const each of commands) {
            if (each.kind === "reopen") {
              await real[Symbol.asyncDispose]();
              real = await openEmbeddedEventLog({ path: folder.path });
            } else {
              await compare(model, real, each);
            }
          }
          for (const name of topics) await compare(model, real, { kind: "read", topic: name, at: 0, ...everything });
          expect(await real.producers("file:")).toEqual(await model.producers("file:"));
        } finally {
          await real[Symbol.asyncDispose]();
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const everything = { maxRecords: 10_000, maxBytes: 10_000_000 };

async function compare(model: EventLog, real: EventLog, command: Exclude<Command, { kind: "reopen" }>): Promise<void> {
  switch (command.kind) {
    case "append": {
      // All at once: appends in flight keep their order.
      const appendTo = (log: EventLog) => Promise.all(command.batches.map((each) => log.append(command.topic, each)));
      expect(await appendTo(real)).toEqual(await appendTo(model));
      break;
    }
    case "read":
      for (const [partition, range] of (await rangesOf(model, real, command.topic)).entries()) {
        const from = range.start + Math.round(command.at * (range.end - range.start));
        const readFrom = async (log: EventLog): Promise<unknown> =>
          plain(await log.read(command.topic, partition, from, command));
        expect(await readFrom(real)).toEqual(await readFrom(model));
      }
      break;
    case "trim":
      for (const [partition, range] of (await rangesOf(model, real, command.topic)).entries()) {
        const before = range.start + Math.round(command.at * (range.end + 2 - range.start));
        await Promise.all([model, real].map((log) => log.trim(command.topic, partition, before)));
      }
      break;
    case "topic": {
      const partitionsIn = async (log: EventLog): Promise<number> =>
        (await log.createTopic(command.topic, command)).partitions;
      expect(await partitionsIn(real)).toBe(await partitionsIn(model));
      break;
    }
  }
}

/** What both hold: the embedded log forgets whole chunks only, so it may begin earlier, but never later. */
async function rangesOf(model: EventLog, real: EventLog, topic: string): ReturnType<EventLog["ranges"]> {
  const [wanted, found] = [await model.ranges(topic), await real.ranges(topic)];
  expect(found.map(({ end }) => end)).toEqual(wanted.map(({ end }) => end));
  for (const [partition, { start }] of found.entries())
    expect(start).toBeLessThanOrEqual(wanted[partition]?.start ?? -1);
  return wanted;
}

function plain(chunk: LogChunk): unknown {
  return {
    next: chunk.next,
    records: Array.from(chunk.records, (each) => ({ ...each, value: Buffer.from(each.value).toString("hex") })),
  };
}
