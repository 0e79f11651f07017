/** Fills the topic of a source with the lines of a file: as a foreign producer, or by our own log. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Kafka, logLevel } from "kafkajs";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { KafkaOptions } from "../../stores/distributed/kafka/kafka-connection.ts";

/** Who writes: plain JSON from another program, without our headers; or what `onefold ingest` and pushes append. */
export type Producer = "foreign" | "own";

export interface TopicLoad {
  readonly kafka: KafkaOptions;
  readonly platform: PlatformModel;
  readonly log: EventLog;
  /** One JSON record a line, with a `user_id` as the key. */
  readonly path: string;
  readonly producer: Producer;
}

const SOURCE = "user-behavior";
/** What a producer that lingers a little sends at once: some hundred records for each partition. */
const AT_ONCE = 2_000;

interface LoadLine {
  readonly key: string;
  readonly text: string;
}

/** Answers how many records were written. The topic is there already. */
export async function loadTopic(load: TopicLoad): Promise<number> {
  const topic = load.platform.sources.find(({ name }) => name === SOURCE)?.topic;
  if (topic === undefined) throw new Error(`The domains have no source ${SOURCE}.`);
  const write = load.producer === "own" ? writeOwn(load.log, topic) : await writeForeign(load.kafka, topic);
  let count = 0;
  let batch: LoadLine[] = [];
  const input = createInterface({ input: createReadStream(load.path), crlfDelay: Infinity });
  for await (const line of input) {
    // Torn lines are among them, as among real ones.
    batch.push({ key: /"user_id":"([^"]*)"/.exec(line)?.[1] ?? "", text: line });
    if (batch.length < AT_ONCE) continue;
    count += batch.length;
    await write.lines(batch);
    batch = [];
  }
  await write.lines(batch);
  await write.end();
  return count + batch.length;
}

interface Writer {
  lines(lines: readonly LoadLine[]): Promise<unknown>;
  end(): Promise<void>;
}

function writeOwn(log: EventLog, topic: string): Writer {
  return {
    lines: (lines) => {
      const records = lines.map(({ key, text }) => ({ key, value: Buffer.from(text), sequence: null }));
      const origin = { format: "json", producer: "bench" } as const;
      return records.length === 0 ? Promise.resolve() : log.append(topic, { origin, records, time: Date.now() });
    },
    end: () => Promise.resolve(),
  };
}

async function writeForeign(options: KafkaOptions, topic: string): Promise<Writer> {
  const kafka = new Kafka({ clientId: "bench", brokers: [...options.brokers], logLevel: logLevel.ERROR });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const name = `${options.namespace ?? ""}${topic}`;
  return {
    lines: (lines) =>
      producer.send({ topic: name, messages: lines.map(({ key, text }) => ({ key, value: text })), acks: -1 }),
    end: () => producer.disconnect(),
  };
}
