/** Produces idempotently, one request a broker at a time; what comes in meanwhile goes together with the next. */
import { Kafka, type Producer } from "kafkajs";
import { OnefoldError } from "../../../schema/errors.ts";
import { kafkaClientConfig, operationTimeoutMs, type Lifeline } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import { refusalOf, unavailable } from "./kafka-errors.ts";
import { bytesOf, offsetsOf, topicMessages, type OutgoingBatch } from "./message-batch.ts";
import { within } from "./reopening-client.ts";

interface Job {
  readonly batch: OutgoingBatch;
  readonly bytes: number;
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenProducer {
  readonly producer: Producer;
  readonly lifeline: Lifeline;
}

/** A request is filled up to about so much, or by one batch. */
const maxRequestBytes = 4 * 1024 * 1024;
/** A batch above this is refused by the broker whatever its topic says. */
const maxBatchBytes = 64 * 1024 * 1024;

class SendingOverError extends Error {
  override readonly name = "SendingOverError";
  /** The client's word for that it is to give up. */
  readonly retriable = false;
}

/** The partitioner of every producer here: records say where they go, and after the end of its time nothing goes. */
export function explicitPartitioner(lifeline: Lifeline) {
  return () =>
    ({ message }: { readonly message: { readonly partition?: number } }): number => {
      if (lifeline.ended) throw new SendingOverError("The time for sending is over.");
      return message.partition ?? 0;
    };
}

export class PlainProducer {
  readonly #options: KafkaOptions;
  readonly #queue: Job[] = [];
  #open: OpenProducer | null = null;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: KafkaOptions) {
    this.#options = options;
  }

  /**
   * Resolves to the offset of each record when all in-sync replicas have them. Order is that of the calls. What goes to
   * one partition in one call is there whole or not at all; across partitions it is repeated until all is there. After a
   * rejection with STORE_UNAVAILABLE any of it may be in the log.
   * @throws STORE_UNAVAILABLE, INPUT_TOO_LARGE
   */
  async produce(batch: OutgoingBatch): Promise<readonly number[]> {
    const bytes = bytesOf(batch);
    if (bytes > maxBatchBytes) {
      throw new OnefoldError("INPUT_TOO_LARGE", `${bytes} bytes at once to ${batch.topic}, above ${maxBatchBytes}.`);
    }
    if (this.#closed) throw new OnefoldError("STORE_UNAVAILABLE", "The connection to Kafka is closed.");
    if (batch.records.length === 0) return [];
    return await new Promise((resolve, reject) => {
      this.#queue.push({ batch, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What was handed over before is sent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#drop();
  }

  async #run(): Promise<void> {
    // Calls of the same turn go together.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#send(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): readonly Job[] {
    let bytes = 0;
    let count = 0;
    for (const job of this.#queue) {
      if (count > 0 && bytes + job.bytes > maxRequestBytes) break;
      bytes += job.bytes;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #send(jobs: readonly Job[]): Promise<void> {
    const batches = jobs.map(({ batch }) => batch);
    try {
      const offsets = offsetsOf(batches, await this.#sendInTime(batches));
      jobs.forEach(({ resolve }, at) => resolve(offsets[at] ?? []));
    } catch (error) {
      const what = `Appending to ${[...new Set(batches.map(({ topic }) => topic))].join(", ")}`;
      const refusal = refusalOf(what, error) ?? unavailable(what, error);
      for (const { reject } of jobs) reject(refusal);
    }
  }

  /** The client tries again under the same sequence numbers, so that nothing is doubled, until the time is over. */
  async #sendInTime(batches: readonly OutgoingBatch[]) {
    const lifeline: Lifeline = this.#open?.lifeline ?? { ended: false };
    const sending = (async () => {
      const { producer } = (this.#open ??= await openPlain(this.#options, lifeline));
      return await producer.sendBatch({ acks: -1, topicMessages: topicMessages(batches) });
    })();
    try {
      return await within(operationTimeoutMs(this.#options), "Producing", sending);
    } catch (error) {
      lifeline.ended = true;
      // The last try may still be under way: nothing later may overtake it, nor share its sequence numbers.
      await sending.catch(() => {});
      await this.#drop();
      throw error;
    }
  }

  async #drop(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    open.lifeline.ended = true;
    await open.producer.disconnect().catch(() => {});
  }
}

async function openPlain(options: KafkaOptions, lifeline: Lifeline): Promise<OpenProducer> {
  const producer = new Kafka(kafkaClientConfig(options, lifeline)).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: explicitPartitioner(lifeline),
  });
  await producer.connect();
  return { producer, lifeline };
}
