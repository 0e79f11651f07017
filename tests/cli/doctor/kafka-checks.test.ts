/** The checks of Kafka, on a real broker whose topics have each fault. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { Kafka, type Admin } from "kafkajs";
import { runChecks, type CheckReport } from "../../../cli/doctor/check.ts";
import { kafkaChecks, type KafkaFacts } from "../../../cli/doctor/kafka-checks.ts";
import type { KafkaOptions } from "../../../stores/distributed/kafka/kafka-connection.ts";
import { kafkaClientConfig } from "../../../stores/distributed/kafka/kafka-client-config.ts";
import { startTestKafka } from "../../support/start-kafka.ts";

const kafka = await startTestKafka();
const signal = new AbortController().signal;
const platform = {
  sources: [{ topic: "events.orders", quarantineTopic: "quarantine.orders" }],
} as unknown as KafkaFacts["platform"];

async function examine(facts: KafkaFacts): Promise<(name: string) => CheckReport> {
  const { checks } = await runChecks(kafkaChecks(facts), { signal });
  return (name) => {
    const found = checks.find((check) => check.name === name);
    if (found === undefined) throw new Error(`no check ${name}`);
    return found;
  };
}

async function withAdmin(options: KafkaOptions, work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Kafka(kafkaClientConfig(options)).admin();
  await admin.connect();
  await work(admin);
  await admin.disconnect();
}

(kafka === null ? describe.skip : describe)("the checks of Kafka", () => {
  const optionsOf = (): KafkaOptions => kafka?.options() ?? { brokers: [], clientId: "test" };
  afterAll(async () => {
    await kafka?.[Symbol.asyncDispose]();
  });

  /** The topics as Onefold makes them, but for what a test changes. */
  async function makeTopics(options: KafkaOptions, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries({ "retention.ms": "-1", "cleanup.policy": "delete", ...settings });
    const topics = ["events.orders", "quarantine.orders"].map((name) => ({
      topic: `${options.namespace ?? ""}${name}`,
      numPartitions: 3,
      replicationFactor: 1,
      configEntries: configEntries.map(([name, value]) => ({ name, value })),
    }));
    await withAdmin(options, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
  }

  it("find good topics good, and a fresh cluster, too", async () => {
    const options = optionsOf();
    const fresh = await examine({ options, platform });
    expect([fresh("kafka").outcome, fresh("kafka topics").outcome, fresh("kafka clock").outcome]).toEqual([
      "ok",
      "ok",
      "ok",
    ]);
    await makeTopics(options);
    const of = await examine({ options, platform });
    expect(of("kafka topics")).toMatchObject({
      outcome: "ok",
      detail: expect.stringContaining("2 of 2 topics, 6 partitions"),
    });
    expect(of("kafka").detail).toContain("1 brokers");
  });

  it("tell of a topic that forgets by itself, or is compacted", async () => {
    const options = optionsOf();
    await makeTopics(options, { "retention.ms": "604800000", "cleanup.policy": "compact" });
    const { outcome, detail, remedy } = (await examine({ options, platform }))("kafka topics");
    expect(outcome).toBe("failed");
    expect(detail).toMatch(/events\.orders has retention\.ms=604800000/);
    expect(detail).toMatch(/quarantine\.orders has cleanup\.policy=compact/);
    expect(remedy).toContain("retention.ms=-1");
  });

  it("tell of more copies than there are brokers, and of records from the future", async () => {
    const options = { ...optionsOf(), replicationFactor: 3 };
    await makeTopics(options);
    const producer = new Kafka(kafkaClientConfig(options)).producer();
    await producer.connect();
    const timestamp = String(Date.now() + 3_600_000);
    await producer.send({ topic: `${options.namespace ?? ""}events.orders`, messages: [{ value: "x", timestamp }] });
    await producer.disconnect();
    const of = await examine({ options, platform });
    expect(of("kafka").outcome).toBe("failed");
    expect(of("kafka topics").outcome).toBe("warning");
    expect(of("kafka clock")).toMatchObject({ outcome: "warning", detail: expect.stringContaining("events.orders") });
  });

  it("tell of brokers that are not there", async () => {
    const options = { brokers: ["127.0.0.1:1"], clientId: "test", requestTimeoutMs: 1_000 };
    expect((await examine({ options, platform }))("kafka")).toMatchObject({ outcome: "failed", where: "127.0.0.1:1" });
  });
});
