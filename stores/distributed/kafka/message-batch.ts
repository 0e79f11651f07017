/** Records on their way to Kafka, by topic, as the client takes them. */
import type { Message, RecordMetadata, TopicMessages } from "kafkajs";

export interface OutgoingRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** UTC epoch milliseconds. */
  readonly timestamp: number;
}

/** What goes to one topic, in order. The name is that of the cluster. */
export interface OutgoingBatch {
  readonly topic: string;
  readonly records: readonly OutgoingRecord[];
}

/** What a record takes besides its bytes. */
const recordBytes = 70;

export function bytesOf({ records }: OutgoingBatch): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += recordBytes + (key?.length ?? 0) + (value?.length ?? 0);
    for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  }
  return bytes;
}

/** One entry a topic: the client makes one record batch of what goes to one partition, with adjoining offsets. */
export function topicMessages(batches: readonly OutgoingBatch[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, records } of batches) {
    const messages = topics.get(topic) ?? [];
    for (const { partition, key, value, headers, timestamp } of records) {
      messages.push({ partition, key, value, headers: { ...headers }, timestamp: String(timestamp) });
    }
    topics.set(topic, messages);
  }
  return [...topics].filter(([, messages]) => messages.length > 0).map(([topic, messages]) => ({ topic, messages }));
}

/** The offset of each record of each batch, out of the first offsets of the partitions. */
export function offsetsOf(batches: readonly OutgoingBatch[], answers: readonly RecordMetadata[]): readonly number[][] {
  const next = new Map<string, number>();
  for (const { topicName, partition, baseOffset } of answers) {
    next.set(`${topicName}/${partition}`, Number(baseOffset));
  }
  return batches.map(({ topic, records }) =>
    records.map(({ partition }) => {
      const place = `${topic}/${partition}`;
      const offset = next.get(place) ?? -1;
      next.set(place, offset + 1);
      return offset;
    }),
  );
}
