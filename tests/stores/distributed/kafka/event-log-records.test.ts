/** What the Kafka event log reads besides its own plain records: foreign ones, gaps, several readers, a topic made anew. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Kafka, logLevel, type Admin, type Producer, type Transaction } from "kafkajs";
import { openKafkaEventLog, type KafkaEventLogOptions } from "../../../../stores/distributed/kafka/kafka-event-log.ts";
import type { KafkaOptions } from "../../../../stores/distributed/kafka/kafka-connection.ts";
import type { EventLog, LogRecord } from "../../../../stores/ports/event-log.ts";
import { origin, readAll, recordsOf, textOf } from "../../../contracts/event-log.contract.ts";
import { startTestKafka } from "../../../support/start-kafka.ts";

const kafka = await startTestKafka();

(kafka === null ? describe.skip : describe)("the Kafka EventLog", () => {
  const brokers = [...(kafka?.service.addresses ?? [])];
  const foreign = new Kafka({ clientId: "foreign", brokers, logLevel: logLevel.NOTHING });
  let admin: Admin;
  const producers: Producer[] = [];

  beforeAll(async () => {
    admin = foreign.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await Promise.all([...producers, admin].map((client) => client.disconnect()));
    await kafka?.[Symbol.asyncDispose]();
  });

  const fresh = (): KafkaOptions => kafka?.options() ?? { brokers: [], clientId: "none" };
  const nameOf = ({ namespace = "" }: KafkaOptions, topic: string): string => namespace + topic;

  const withTopic = async (
    test: (log: EventLog, options: KafkaOptions) => Promise<void>,
    logOptions: KafkaEventLogOptions = {},
  ): Promise<void> => {
    const options = fresh();
    await using log = openKafkaEventLog(options, logOptions);
    await log.createTopic("events", { partitions: 1 });
    await test(log, options);
  };
  const producer = async (transactionalId?: string): Promise<Producer> => {
    const config = transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1 };
    const made = foreign.producer(config);
    producers.push(made);
    await made.connect();
    return made;
  };
  const begin = async (options: KafkaOptions, name: string): Promise<Transaction> =>
    await (await producer(nameOf(options, name))).transaction();
  const send = async (to: Producer | Transaction, options: KafkaOptions, ...values: string[]): Promise<void> => {
    await to.send({ topic: nameOf(options, "events"), messages: values.map((value) => ({ value, partition: 0 })) });
  };
  const texts = (records: Iterable<LogRecord>): string[] => Array.from(records, textOf);

  it("reads records of others by the origin that is declared for their topic", () =>
    withTopic(
      async (log, options) => {
        const message = {
          key: "k",
          value: "1,x",
          timestamp: "77",
          headers: { traceparent: "00-aa-bb-01", other: "h" },
        };
        await (await producer()).send({ topic: nameOf(options, "events"), messages: [message, { value: null }] });
        const [first, second] = await readAll(log, "events/0");
        const declared = { format: "csv", columns: ["a", "b"], producer: "kafka" };
        expect(first).toMatchObject({ offset: 0, time: 77, sequence: null, origin: declared });
        expect([first, second].map((record) => record && textOf(record))).toEqual(["1,x", ""]);
      },
      { originOf: () => ({ format: "csv", columns: ["a", "b"], producer: "kafka" }) },
    ));

  it("keeps the trace of an append with its records", () =>
    withTopic(async (log) => {
      const traced = { ...origin, traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
      await log.append("events", { origin: traced, records: recordsOf("a"), time: 1 });
      expect((await readAll(log, "events/0")).map((record) => record.origin)).toEqual([traced]);
    }));

  it("leaves out two aborted transactions that overlap, from wherever it reads, and reaches the end", () =>
    withTopic(async (log, options) => {
      const [one, two] = [await begin(options, "one"), await begin(options, "two")];
      await send(one, options, "x0", "x1");
      await send(two, options, "y0");
      await send(await producer(), options, "kept-1");
      await send(one, options, "x2");
      await send(two, options, "y1");
      // The later to begin is the first to end.
      await two.abort();
      await send(await producer(), options, "kept-2");
      await send(one, options, "x3");
      await one.abort();
      await send(await producer(), options, "kept-3");
      const all = await log.read("events", 0, 0, { waitMs: 25_000 });
      const found = [...all.records, ...(await readAll(log, "events/0", all.next))];
      expect(texts(found)).toEqual(["kept-1", "kept-2", "kept-3"]);
      const end = (await log.ranges("events"))[0]?.end ?? 0;
      for (let from = 0; from <= end; from++) {
        const above = found.filter(({ offset }) => offset >= from);
        expect(texts(await readAll(log, "events/0", from))).toEqual(texts(above));
      }
    }));

  it("comes to the end where only markers and aborted records are left, and waits there", () =>
    withTopic(async (log, options) => {
      await log.append("events", { origin, records: recordsOf("first"), time: 1 });
      const aborted = await begin(options, "aborted");
      await send(aborted, options, "never");
      await aborted.abort();
      let next = 1;
      // Markers are written a moment after the abort is acknowledged.
      while (next < 3) next = (await log.read("events", 0, next, { waitMs: 25_000 })).next;
      expect(next).toBe(3);
      expect((await log.ranges("events"))[0]?.end).toBe(3);
      const waiting = log.read("events", 0, next, { waitMs: 25_000 });
      await log.append("events", { origin, records: recordsOf("last"), time: 1 });
      expect(texts((await waiting).records)).toEqual(["last"]);
    }));

  it("shows nothing of a transaction that is open, and all of it once it is committed", () =>
    withTopic(async (log, options) => {
      const open = await begin(options, "open");
      await send(open, options, "a", "b");
      const { records, next } = await log.read("events", 0, 0);
      expect({ records: texts(records), next }).toEqual({ records: [], next: 0 });
      expect((await log.ranges("events"))[0]).toMatchObject({ start: 0, end: 0 });
      const waiting = log.read("events", 0, 0, { waitMs: 25_000 });
      await open.commit();
      expect(texts((await waiting).records)).toEqual(["a", "b"]);
    }));

  it("serves many readers of one partition, each at its own place", () =>
    withTopic(async (log) => {
      const values = Array.from({ length: 3000 }, (_, at) => `v${at}:${"x".repeat(at % 400)}`);
      for (let at = 0; at < values.length; at += 500) {
        await log.append("events", { origin, records: recordsOf(...values.slice(at, at + 500)), time: 1 });
      }
      const readers = Array.from({ length: 12 }, async (_, reader) => {
        const found: string[] = [];
        const start = (reader * 211) % 900;
        for (let from = start; from < values.length;) {
          const { records, next } = await log.read("events", 0, from, {
            maxRecords: 1 + reader * 37,
            waitMs: reader % 2,
          });
          expect([...records][0]?.offset ?? from).toBe(from);
          found.push(...texts(records));
          from = next;
        }
        expect(found).toEqual(values.slice(start));
      });
      await Promise.all(readers);
    }));

  it("gives a topic that was deleted and made again another id, and one that only grew or was trimmed the same", () =>
    withTopic(async (log, options) => {
      await log.append("events", { origin, records: recordsOf("a", "b"), time: 1 });
      const { id } = await log.createTopic("events", { partitions: 1 });
      await log.append("events", { origin, records: recordsOf("c", "d"), time: 1 });
      await log.trim("events", 0, 3);
      expect((await log.createTopic("events", { partitions: 1 })).id).toBe(id);

      await admin.deleteTopics({ topics: [nameOf(options, "events")] });
      await using after = openKafkaEventLog(options);
      // As far as before, with other records: only the fingerprint tells.
      const remade = { topic: nameOf(options, "events"), numPartitions: 1, replicationFactor: 1 };
      let isMade = false;
      while (!isMade) isMade = await admin.createTopics({ topics: [remade], waitForLeaders: false });
      await send(await producer(), options, "e", "f", "g", "h", "i");
      const second = await after.createTopic("events", { partitions: 1 });
      expect(second.id).not.toBe(id);
      expect((await after.createTopic("events", { partitions: 1 })).id).toBe(second.id);
    }));
});
