/** Creates topics and forgets records. */
import { setTimeout as wait } from "node:timers/promises";
import { Kafka, type Admin } from "kafkajs";
import { OnefoldError } from "../../../schema/errors.ts";
import { kafkaClientConfig, operationTimeoutMs } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import type { LogReader } from "./log-reader.ts";
import { ReopeningClient } from "./reopening-client.ts";

export interface NewTopic {
  readonly partitions: number;
  readonly compact: boolean;
}

const pollMs = 20;
const noLimit = "-1";

/**
 * Kept without limit of time, for forgetting is the trimmer's. A batch may be as large as a request, and a record's time may
 * lie in the broker's future: clocks differ.
 */
const topicSettings: Readonly<Record<string, string>> = {
  "retention.ms": noLimit,
  "retention.bytes": noLimit,
  "max.message.bytes": String(64 * 1024 * 1024),
  "message.timestamp.after.max.ms": "9223372036854775807",
};

export class TopicAdmin {
  readonly #client: ReopeningClient<Admin>;
  readonly #options: KafkaOptions;
  readonly #reader: LogReader;

  constructor(options: KafkaOptions, reader: LogReader) {
    this.#client = new ReopeningClient(() => openAdmin(options), operationTimeoutMs(options));
    this.#options = options;
    this.#reader = reader;
  }

  /** Creates a topic if it is absent, and tells how many partitions it has. The name is that of the cluster. */
  async createTopic(topic: string, { partitions, compact }: NewTopic): Promise<number> {
    // Another process may have made it just now: it is used only once its partitions answer.
    if ((await this.#partitionCount(topic)) !== null) return await this.#untilReady(topic);
    const settings = { ...topicSettings, "cleanup.policy": compact ? "compact" : "delete" };
    const request = {
      topic,
      numPartitions: partitions,
      replicationFactor: this.#options.replicationFactor ?? 1,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    };
    await this.#client.insist(`Creating topic ${topic}`, async (admin) => {
      await admin.createTopics({ topics: [request], waitForLeaders: false });
    });
    return await this.#untilReady(topic);
  }

  /** Forgets records below `before`, which is at or below the end. */
  async trim(topic: string, partition: number, before: number): Promise<void> {
    await this.#client.insist(`Trimming ${topic}`, async (admin) => {
      // Makes the topic known to this client, which the deletion takes for granted.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** What is created is known to each broker, and led by one, only a moment later. */
  async #untilReady(topic: string): Promise<number> {
    const deadline = performance.now() + operationTimeoutMs(this.#options);
    for (;;) {
      const count = await this.#readyPartitions(topic);
      if (count !== null) return count;
      if (performance.now() > deadline) {
        throw new OnefoldError("STORE_UNAVAILABLE", `Topic ${topic} was created, and is not there.`);
      }
      await wait(pollMs);
    }
  }

  async #partitionCount(topic: string): Promise<number | null> {
    return unlessUnknown(async () => (await this.#reader.partitionCount(topic)) || null);
  }

  async #readyPartitions(topic: string): Promise<number | null> {
    return unlessUnknown(async () => (await this.#reader.ranges(topic)).length || null);
  }
}

/** Null where Kafka does not know the topic, or not yet. */
async function unlessUnknown<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof OnefoldError && error.code === "INTERNAL") return null;
    throw error;
  }
}

async function openAdmin(options: KafkaOptions): Promise<Admin> {
  const admin = new Kafka(kafkaClientConfig(options)).admin();
  await admin.connect();
  return admin;
}
