/** Finds how far a partition is published, from the last records of its log. */
import { OnefoldError } from "../../../schema/errors.ts";
import type { KafkaConnection } from "../kafka/kafka-connection.ts";
import { readRecord, type ChangeRecord } from "./change-record.ts";
import type { FeedPartition, PastEnd } from "./feed-partition.ts";

export type LogReads = Pick<KafkaConnection, "read" | "ranges" | "offsetAtTimestamp">;

/** Offsets of the log, and an end that is known already. */
interface Stretch {
  readonly from: number;
  readonly limit: number;
  readonly end: number | undefined;
}

/**
 * The highest of `known` and the ends of all batches below offset `limit` of the log. The last record need not
 * have it: it may be a part that nothing names yet, or come late from a worker that was replaced. So it is read first,
 * and then the log's index of time is asked, in which each record stands at its `to`, whether one before goes further.
 * @throws STORE_UNAVAILABLE
 */
export function endBelow(
  kafka: LogReads,
  partition: FeedPartition,
  { limit, known }: PastEnd,
): Promise<number | undefined> {
  return againAfterTrim(async () => {
    const start = await logStart(kafka, partition);
    let end = known;
    let from = limit;
    for (let count = 1; from === limit || (end === undefined && from > start); count *= 4) {
      from = Math.max(limit - count, start);
      end = await highestEnd(kafka, partition, { from, limit, end });
      if (from === start) return end;
    }
    if (end === undefined) return undefined;
    const above = await kafka.offsetAtTimestamp(partition.changeTopic, partition.number, end + 1);
    return highestEnd(kafka, partition, { from: Math.max(above, start), limit, end });
  });
}

/** Where the first batch at or above offset `from` of the log begins. @throws CURSOR_EXPIRED when it is no longer held */
export async function firstFrom(kafka: LogReads, partition: FeedPartition, from: number): Promise<number | undefined> {
  return againAfterTrim(async () => {
    const { changeTopic, number, key } = partition;
    if ((await logStart(kafka, partition)) > from) {
      throw new OnefoldError("CURSOR_EXPIRED", `The first changes of ${key} are no longer held.`);
    }
    for (let at = from; ;) {
      const chunk = await kafka.read(changeTopic, number, at, { maxRecords: 16 });
      const first = chunk.records.map(({ value }) => readRecord(value)).find(isBatch);
      if (first !== undefined || chunk.next === at) return first?.from;
      at = chunk.next;
    }
  });
}

/** Whether a record stands for a batch by itself. */
export function isBatch(record: ChangeRecord): boolean {
  return record.kind !== "part";
}

/** Runs again what met the edge of the log, for a trim may have moved it meanwhile. */
export async function againAfterTrim<T>(work: (isAgain: boolean) => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work(tries > 0);
    } catch (fault) {
      if (tries === 3 || !(fault instanceof OnefoldError) || fault.code !== "LOG_GAP") throw fault;
    }
  }
}

export async function logStart(kafka: LogReads, { changeTopic, number }: FeedPartition): Promise<number> {
  return (await kafka.ranges(changeTopic)).find(({ partition }) => partition === number)?.start ?? 0;
}

/** The highest of `end` and the ends of batches in a stretch. */
async function highestEnd(
  kafka: LogReads,
  { changeTopic, number, key }: FeedPartition,
  { from, limit, end: known }: Stretch,
): Promise<number | undefined> {
  let end = known;
  for (let at = from; at < limit;) {
    const chunk = await kafka.read(changeTopic, number, at, { maxRecords: limit - at });
    if (chunk.next === at) {
      throw new OnefoldError("STORE_UNAVAILABLE", `Kafka does not show the changes of ${key} that it holds.`);
    }
    for (const { offset, value } of chunk.records) {
      const record = readRecord(value);
      if (offset < limit && isBatch(record) && record.to > (end ?? -1)) end = record.to;
    }
    at = chunk.next;
  }
  return end;
}
