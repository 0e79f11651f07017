/** The Kafka event log through faults: brokers that die or freeze, zombies, and two who do the same work. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { setTimeout as wait } from "node:timers/promises";
import type { KafkaOptions } from "../../../../stores/distributed/kafka/kafka-connection.ts";
import { openKafkaEventLog } from "../../../../stores/distributed/kafka/kafka-event-log.ts";
import { openTransactions } from "../../../../stores/distributed/kafka/transactions.ts";
import type { AppendResult, EventLog } from "../../../../stores/ports/event-log.ts";
import { origin, readAll, recordsOf, textOf } from "../../../contracts/event-log.contract.ts";
import { openFileBench } from "../../../ingest/sources/file/file-bench.ts";
import { startTestKafka, type TestKafka } from "../../../support/start-kafka.ts";
import { startProcess } from "../../../support/start-program.ts";
import type { HoldingLine } from "../../../support/programs/hold-partitions.ts";

const kafka = await startTestKafka();

if (kafka === null) it.skip("needs Kafka", () => {});
else describe("the Kafka EventLog", () => survivesFaults(kafka));

function survivesFaults({ service, options: fresh, ...kafka }: TestKafka): void {
  afterAll(async () => {
    await kafka[Symbol.asyncDispose]();
  });

  const killAndRestart = async (): Promise<void> => {
    service.signal("SIGKILL");
    await service.ended();
    await service.restart();
  };
  /** Appends `count` batches one after the other, each in its own call, some at once; resolves when all are there. */
  const appendAll = async (
    count: number,
    append: (batch: number) => Promise<AppendResult>,
    onDone: (done: number) => void,
  ): Promise<void> => {
    const inFlight: Promise<void>[] = [];
    let done = 0;
    for (let batch = 0; batch < count; batch++) {
      const appended = append(batch).then(({ kind }) => {
        expect(kind).toBe("appended");
        onDone(++done);
      });
      inFlight.push(appended);
      if (inFlight.length >= 4) await inFlight.shift();
    }
    await Promise.all(inFlight);
  };
  const valuesOf = (batch: number): string[] => Array.from({ length: 20 }, (_, at) => `key-${at % 7}:${batch}/${at}`);
  const expected = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => valuesOf(at))
      .flat()
      .sort();

  const contentOf = async (log: EventLog): Promise<string[]> => {
    const ranges = await log.ranges("events");
    const found = await Promise.all(ranges.map(({ partition }) => readAll(log, `events/${partition}`)));
    return found.flat().map(textOf);
  };
  /** Records that all {@link followed} readers of a test have read. */
  let seen = 0;
  const followed = async (log: EventLog, partition: number, until: number): Promise<string[]> => {
    const found: string[] = [];
    for (let from = 0; seen < until;) {
      const { records, next } = await log.read("events", partition, from, { waitMs: 200 });
      found.push(...Array.from(records, textOf));
      from = next;
      seen += records.length;
    }
    return found;
  };

  it.each(["plain", "with a producer's state"])(
    "loses and doubles nothing when the broker is killed amid appends, %s, and reads",
    async (kind) => {
      const options: KafkaOptions = { ...fresh(), requestTimeoutMs: 60_000 };
      await using log = openKafkaEventLog(options);
      await using reading = openKafkaEventLog(options);
      await log.createTopic("events", { partitions: 4 });
      const [count, killAt] = [300, 100];
      seen = 0;
      const readers = [0, 1, 2, 3].map((each) => followed(reading, each, count * 20));
      const restarts: Promise<void>[] = [];
      let unfinishedAtKill = 0;
      const append = (batch: number): Promise<AppendResult> =>
        log.append("events", {
          ...{ origin, records: recordsOf(...valuesOf(batch)), time: batch },
          ...(kind === "plain" ? {} : { producer: { name: "file:1", expectedVersion: batch, state: String(batch) } }),
        });
      await appendAll(count, append, (done) => {
        if (done !== killAt) return;
        unfinishedAtKill = count - done;
        restarts.push(killAndRestart());
      });
      expect(unfinishedAtKill).toBe(count - killAt);
      await Promise.all(restarts);
      expect((await contentOf(log)).sort()).toEqual(expected(count));
      expect((await Promise.all(readers)).flat().sort()).toEqual(expected(count));
      if (kind !== "plain") expect(await log.producers("")).toMatchObject([{ name: "file:1", version: count }]);
    },
    120_000,
  );

  it("refuses within bounds while the broker is frozen, and goes on when it is back", async () => {
    const options: KafkaOptions = { ...fresh(), requestTimeoutMs: 6_000 };
    await using log = openKafkaEventLog(options);
    await log.createTopic("events", { partitions: 2 });
    const producer = { name: "file:1", expectedVersion: 0, state: "" };
    await log.append("events", { origin, records: recordsOf("a"), time: 0, producer });
    service.signal("SIGSTOP");
    try {
      const refused = await Promise.allSettled([
        log.append("events", { origin, records: recordsOf("b"), time: 0 }),
        log.append("events", {
          origin,
          records: recordsOf("c"),
          time: 0,
          producer: { ...producer, expectedVersion: 1 },
        }),
        // Partition 0 may answer from what was fetched before; nothing was in this one.
        log.read("events", 1, 0),
        log.ranges("events"),
        log.producers(""),
        log.createTopic("others", { partitions: 1 }),
        log.trim("events", 0, 1),
        log.join("group", ["events"], new AbortController().signal)[Symbol.asyncIterator]().next(),
      ]);
      const codes = refused.map((each) =>
        each.status === "rejected" ? (each.reason as { code?: string }).code : each,
      );
      expect(codes).toEqual(codes.map(() => "STORE_UNAVAILABLE"));
    } finally {
      service.signal("SIGCONT");
    }
    const [state] = await untilAnswered(() => log.producers(""));
    // What was refused may have happened; the producer's state tells, and the log agrees with it.
    const values = (await untilAnswered(() => contentOf(log))).filter((value) => value !== "b").sort();
    expect(values).toEqual(state?.version === 2 ? ["a", "c"] : ["a"]);
    const next = { ...producer, expectedVersion: state?.version ?? -1 };
    const appended = await untilAnswered(() =>
      log.append("events", { origin, records: recordsOf("d"), time: 0, producer: next }),
    );
    expect(appended.kind).toBe("appended");
  }, 120_000);

  it("keeps out a zombie: its transaction from before the takeover never counts", async () => {
    const options = fresh();
    await using log = openKafkaEventLog(options);
    await log.createTopic("events", { partitions: 1 });
    await log.append("events", {
      origin,
      records: [],
      time: 0,
      producer: { name: "file:1", expectedVersion: 0, state: "" },
    });
    const topic = `${options.namespace ?? ""}events`;
    const record = { partition: 0, key: null, value: Buffer.from("zombie"), headers: {}, timestamp: 0 };
    const name = `${options.namespace ?? ""}onefold.producers/file:1`;
    const zombie = await openTransactions(options, name, { ended: false });
    await zombie.send([{ topic, records: [record] }]);
    const producer = { name: "file:1", expectedVersion: 1, state: "" };
    // The first append of the log is fenced by the zombie, which is fenced by the next.
    expect((await log.append("events", { origin, records: recordsOf("early"), time: 0, producer })).kind).toBe(
      "producer-moved",
    );
    expect((await log.append("events", { origin, records: recordsOf("right"), time: 0, producer })).kind).toBe(
      "appended",
    );
    await expect(zombie.commit()).rejects.toThrow();
    await expect(zombie.send([{ topic, records: [record] }])).rejects.toThrow();
    await zombie.close();
    expect((await readAll(log, "events/0")).map(textOf)).toEqual(["right"]);
  });

  it("takes in a file once, though two do so at the same time", async () => {
    const options = fresh();
    await using bench = await openFileBench(openKafkaEventLog(options));
    await using other = openKafkaEventLog(options);
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at},v${at}`);
    const file = await bench.write("a.csv", `${lines.join("\n")}\n`);
    const results = await Promise.all([
      bench.ingest(file, { maxBatchRecords: 500 }),
      bench.ingest(file, { maxBatchRecords: 500, log: other }),
    ]);
    expect(results.map(({ read }) => read)).toEqual([20_000, 20_000]);
    expect(results.reduce((sum, { appended }) => sum + appended, 0)).toBe(20_000);
    expect((await readAll(bench.log, "events.lines/0")).map(textOf)).toEqual(lines);
  }, 60_000);

  it("takes the partitions from a member that was stopped for longer than its session", async () => {
    const options: KafkaOptions = { ...fresh(), sessionTimeoutMs: 2_000 };
    await using log = openKafkaEventLog(options);
    await log.createTopic("events", { partitions: 2 });
    const address = JSON.stringify({ kind: "kafka", options });
    await using child = await startProcess("hold-partitions", [address, "group", "events"]);
    const lines = child.lines[Symbol.asyncIterator]();
    const nextLine = async (): Promise<HoldingLine> => JSON.parse(String((await lines.next()).value)) as HoldingLine;
    const both = ["events/0", "events/1"];
    const before = await nextLine();
    expect(before).toMatchObject({ kind: "held", partitions: both });

    child.signal("SIGSTOP");
    const stop = new AbortController();
    const mine = log.join("group", ["events"], stop.signal)[Symbol.asyncIterator]();
    const { value: taken } = await mine.next();
    expect(taken.partitions).toHaveLength(2);
    expect(taken.epoch).toBeGreaterThan(before.epoch);

    child.signal("SIGCONT");
    expect(await nextLine()).toEqual({ ...before, kind: "lost" });
    const again = await nextLine();
    expect(again.kind).toBe("held");
    expect(again.epoch).toBeGreaterThan(taken.epoch);
    expect(taken.lost.aborted).toBe(true);
    stop.abort();
  }, 60_000);

  it("holds its partitions again by itself after the broker was killed", async () => {
    const options: KafkaOptions = { ...fresh(), sessionTimeoutMs: 3_000 };
    await using log = openKafkaEventLog(options);
    await log.createTopic("events", { partitions: 2 });
    const stop = new AbortController();
    const mine = log.join("group", ["events"], stop.signal)[Symbol.asyncIterator]();
    const { value: before } = await mine.next();
    await killAndRestart();
    const { value: after } = await mine.next();
    expect(before.lost.aborted).toBe(true);
    expect(after).toMatchObject({ partitions: before.partitions });
    expect(after.lost.aborted).toBe(false);
    stop.abort();
    expect((await mine.next()).done).toBe(true);
  }, 60_000);
}

/** Asks again while the answer is that Kafka did not answer. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== "STORE_UNAVAILABLE") throw error;
      await wait(100);
    }
  }
}
