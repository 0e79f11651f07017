/** Forgets old records of the log of changes, but never where a partition ends. */
import { isEndRecord, endRecord, readRecord } from "./change-record.ts";
import type { KafkaConnection } from "../kafka/kafka-connection.ts";
import type { FeedPartition } from "./feed-partition.ts";
import { endBelow } from "./log-end.ts";

/**
 * Forgets what lies before the first record that goes beyond `before`. Where no batch does, a record that holds nothing
 * but the end is written first: the end must outlive what is forgotten, or a worker would publish everything again, and
 * a subscriber below it would wait instead of being told.
 */
export async function trimChanges(kafka: KafkaConnection, partition: FeedPartition, before: number): Promise<void> {
  const { changeTopic, number } = partition;
  const range = (await kafka.ranges(changeTopic)).find((candidate) => candidate.partition === number);
  if (range === undefined) return;
  const beyond = await kafka.offsetAtTimestamp(changeTopic, number, before + 1);
  if (Math.min(beyond, range.end) <= range.start) return;
  const end = await endBelow(kafka, partition, { limit: range.end, known: undefined });
  if (end === undefined) return;
  const keep = end > before ? beyond : Math.min(beyond, await keepEnd(kafka, partition, { end, limit: range.end }));
  await kafka.trim(changeTopic, number, Math.min(keep, range.end));
}

/** Makes sure that a record of the end stands last in the log, which ended at `limit`; gives an offset at or below it. */
async function keepEnd(
  kafka: KafkaConnection,
  { changeTopic, number }: FeedPartition,
  { end, limit }: { readonly end: number; readonly limit: number },
): Promise<number> {
  const { records } = await kafka.read(changeTopic, number, limit - 1, { maxRecords: 1 });
  const [last] = records;
  if (last !== undefined && isEndRecord(readRecord(last.value))) return limit - 1;
  await kafka.produce(changeTopic, [
    { partition: number, key: null, value: endRecord(end), headers: {}, timestamp: end },
  ]);
  return limit;
}
