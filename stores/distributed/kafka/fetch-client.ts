/**
 * Reads partitions at given offsets, outside of any consumer group. The client's consumer can only read as a member of a
 * group, at one position a partition; so its documented way in for partition assigners is taken to the cluster behind it,
 * whose brokers answer fetches directly, with the last stable offset and the aborted transactions.
 */
import { Kafka, type Assigner, type Cluster } from "kafkajs";
import { OnefoldError } from "../../../schema/errors.ts";
import { batchesOf, type AbortedTransaction, type FetchedBatch, type FetchedRecord } from "./committed-records.ts";
import { decodeFetches } from "./fetch-answers.ts";
import { kafkaClientConfig, operationTimeoutMs } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import { protocolErrorOf, unknownTopic } from "./kafka-errors.ts";
import { DecodedBatch } from "./record-batches.ts";
import { ReopeningClient, type Disconnectable } from "./reopening-client.ts";

/** Names are those of the cluster. */
export interface FetchPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchLimits {
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly maxBytes: number;
  /** False: records of open and aborted transactions, too. */
  readonly committed: boolean;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
  /** Everything below is decided; for uncommitted reads the high watermark. */
  readonly stableEnd: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: readonly FetchedBatch[];
}

/** What a broker answers, as the client decodes it, or `fetch-answers.ts`, which gives batches. */
interface FetchResponse {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly highWatermark: string;
      readonly lastStableOffset: string;
      readonly abortedTransactions: readonly AbortedTransaction[] | null;
      readonly messages: readonly FetchedRecord[] | readonly DecodedBatch[];
    }[];
  }[];
}

interface FetchHandle extends Disconnectable {
  readonly cluster: Cluster;
  /** Topics whose leaders are known. */
  readonly topics: Set<string>;
  /** Resolves when the last of those that take turns is through. */
  turn: Promise<void>;
  /** The client goes on asking about a topic that it could not learn of: what it says of another one may be about that. */
  spoilt: boolean;
}

export type OffsetPoint =
  { readonly at: "start" } | { readonly at: "end" } | { readonly at: "time"; readonly timestamp: number };

export class FetchClient {
  readonly #client: ReopeningClient<FetchHandle>;

  constructor(options: KafkaOptions) {
    this.#client = new ReopeningClient(() => openHandle(options), operationTimeoutMs(options));
  }

  /** Fetches from one broker, once: all places must have this leader, and no two the same partition. */
  async fetch(
    leader: string,
    places: readonly FetchPlace[],
    limits: FetchLimits,
  ): Promise<readonly FetchedPartition[]> {
    const request = {
      maxWaitTime: limits.maxWaitMs,
      maxBytes: limits.maxBytes,
      isolationLevel: limits.committed ? 1 : 0,
      topics: requestTopics(places, limits.maxBytesPerPartition),
    };
    return await this.#client.use(async ({ cluster }) => {
      const broker = await cluster.findBroker({ nodeId: leader });
      decodeFetches(broker);
      return partitionsOf((await broker.fetch({ minBytes: 1, ...request })) as FetchResponse);
    }, isOutOfRange);
  }

  /** The broker that leads a partition. @throws INTERNAL for what does not exist */
  async leaderOf(topic: string, partition: number): Promise<string> {
    return await this.#client.use(async (handle) => {
      const { cluster } = await knowTopic(handle, topic);
      const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (leader !== undefined) return leader;
      throw new OnefoldError("INTERNAL", `Topic ${topic} has no partition ${partition}.`);
    });
  }

  /** How many partitions a topic has. @throws INTERNAL for one that does not exist, STORE_UNAVAILABLE */
  async partitionCount(topic: string): Promise<number> {
    return await this.#client.insist(`The partitions of ${topic}`, async (handle) => {
      const { cluster } = await knowTopic(handle, topic);
      return cluster.findTopicPartitionMetadata(topic).length;
    });
  }

  /** The offset of each partition at a point: its start, its last stable offset, or where a time begins (-1: nowhere). */
  async offsets(
    topic: string,
    partitions: readonly number[],
    point: OffsetPoint,
  ): Promise<ReadonlyMap<number, number>> {
    const places = { topic, partitions: partitions.map((partition) => ({ partition })) };
    const found = await this.#client.insist(`The offsets of ${topic}`, async (handle) => {
      const { cluster } = await knowTopic(handle, topic);
      const wanted =
        point.at === "time"
          ? { ...places, fromTimestamp: point.timestamp }
          : { ...places, fromBeginning: point.at === "start" };
      return await inTurn(handle, () => cluster.fetchTopicsOffset([wanted]));
    });
    const offsets = found.flatMap(({ partitions: each }) => each);
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** The fetch asked below the start or above the end of one of its partitions. */
export function isOutOfRange(error: unknown): error is Error & { readonly topic: string; readonly partition: number } {
  return error instanceof Error && error.name === "KafkaJSOffsetOutOfRange" && "topic" in error;
}

async function openHandle(options: KafkaOptions): Promise<FetchHandle> {
  let found: Cluster | undefined;
  const consumer = new Kafka(kafkaClientConfig(options)).consumer({
    groupId: "never-joined",
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return noAssigner;
      },
    ],
  });
  await consumer.connect();
  if (found === undefined) throw new OnefoldError("INTERNAL", "The Kafka client made no assigner.");
  return {
    cluster: found,
    topics: new Set(),
    turn: Promise.resolve(),
    spoilt: false,
    disconnect: () => consumer.disconnect(),
  };
}

const noAssigner: Assigner = {
  name: "none",
  version: 0,
  assign: () => Promise.resolve([]),
  protocol: () => ({ name: "none", metadata: Buffer.alloc(0) }),
};

async function knowTopic(handle: FetchHandle, topic: string): Promise<FetchHandle> {
  const { cluster, topics } = handle;
  if (topics.has(topic)) {
    await cluster.refreshMetadataIfNecessary();
    return handle;
  }
  try {
    await inTurn(handle, () => cluster.addMultipleTargetTopics([topic]));
  } catch (error) {
    const isUnknown = protocolErrorOf(error) === "UNKNOWN_TOPIC_OR_PARTITION";
    if (isUnknown && !handle.spoilt) throw unknownTopic(topic);
    // Only an unknown topic is taken from the client's list again, which a new client does not have.
    handle.spoilt = true;
    throw error;
  }
  topics.add(topic);
  return handle;
}

/**
 * One after the other: the client asks about all topics at once, and whoever asks meanwhile gets the same answer, so that
 * one topic that is not there would be told of another one that is.
 */
async function inTurn<Result>(handle: FetchHandle, work: () => Promise<Result>): Promise<Result> {
  const before = handle.turn;
  const result = before.then(work);
  handle.turn = result.then(
    () => undefined,
    () => undefined,
  );
  return await result;
}

function requestTopics(places: readonly FetchPlace[], maxBytes: number) {
  const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>();
  for (const { topic, partition, offset } of places) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({ partition, fetchOffset: String(offset), maxBytes });
    topics.set(topic, partitions);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

function partitionsOf({ responses }: FetchResponse): FetchedPartition[] {
  return responses.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition, highWatermark, lastStableOffset, abortedTransactions, messages }) => ({
      topic: topicName,
      partition,
      highWatermark: Number(highWatermark),
      stableEnd: Number(lastStableOffset) < 0 ? Number(highWatermark) : Number(lastStableOffset),
      aborted: abortedTransactions ?? [],
      batches: areBatches(messages) ? messages : batchesOf(messages),
    })),
  );
}

function areBatches(messages: readonly FetchedRecord[] | readonly DecodedBatch[]): messages is readonly DecodedBatch[] {
  return messages[0] instanceof DecodedBatch;
}
