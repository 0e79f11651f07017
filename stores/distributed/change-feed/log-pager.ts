/** Reads batches out of the log of changes, a page at a time, for subscribers below the recent batches. */
import { OnefoldError } from "../../../schema/errors.ts";
import { lazyBatch } from "../../ports/change-codec.ts";
import type { ChangeBatch } from "../../ports/change-feed.ts";
import type { KafkaChunk } from "../kafka/kafka-connection.ts";
import { headerBytes, joinParts, partsOf, readRecord, type ChangeRecord } from "./change-record.ts";
import type { FeedPartition } from "./feed-partition.ts";
import { againAfterTrim, isBatch, logStart, type LogReads } from "./log-end.ts";

/** Batches that adjoin one another. */
export interface ChangePage {
  readonly partition: FeedPartition;
  readonly start: number;
  readonly end: number;
  /** Never empty. The first may have begun below `start`. */
  readonly batches: readonly ChangeBatch[];
  readonly bytes: number;
  /** The offset of the log behind its last record. */
  readonly next: number;
}

export interface LogPagerOptions {
  /** A page holds about so much, or one batch. */
  readonly pageBytes: number;
  /** Pages are kept up to here for other subscribers. */
  readonly maxKeptBytes: number;
}

/** Subscribers at the same position share one read, and one page. */
export class LogPager {
  readonly #kafka: LogReads;
  readonly #options: LogPagerOptions;
  /** Oldest first. */
  readonly #kept = new Set<ChangePage>();
  readonly #reading = new Map<string, Promise<ChangePage | undefined>>();
  #keptBytes = 0;

  constructor(kafka: LogReads, options: LogPagerOptions) {
    this.#kafka = kafka;
    this.#options = options;
  }

  /** The page that `position` is in, if it is kept. */
  kept(partition: FeedPartition, position: number): ChangePage | undefined {
    for (const page of this.#kept) {
      if (page.partition === partition && page.start <= position && position < page.end) return page;
    }
    return undefined;
  }

  /**
   * The page that begins at `position`, which must lie below the end; undefined when the log does not show it yet.
   * @throws CURSOR_EXPIRED, STORE_UNAVAILABLE
   */
  read(partition: FeedPartition, position: number): Promise<ChangePage | undefined> {
    const place = `${partition.key}@${position}`;
    const known = this.#reading.get(place);
    if (known !== undefined) return known;
    const reading = this.#readAndKeep(partition, position).finally(() => this.#reading.delete(place));
    this.#reading.set(place, reading);
    return reading;
  }

  /** Lets go of what is kept of one partition. */
  forget(partition: FeedPartition): void {
    for (const page of this.#kept) if (page.partition === partition) this.#drop(page);
  }

  async #readAndKeep(partition: FeedPartition, position: number): Promise<ChangePage | undefined> {
    const page = await againAfterTrim((isAgain) => {
      // What a kept page says of the log is older than the trim.
      if (isAgain) this.forget(partition);
      return this.#readPage(partition, position);
    });
    if (page === undefined) return undefined;
    this.#kept.add(page);
    this.#keptBytes += page.bytes;
    for (const oldest of this.#kept) {
      if (this.#keptBytes <= this.#options.maxKeptBytes || oldest === page) break;
      this.#drop(oldest);
    }
    return page;
  }

  #drop(page: ChangePage): void {
    if (this.#kept.delete(page)) this.#keptBytes -= page.bytes;
  }

  async #readPage(partition: FeedPartition, position: number): Promise<ChangePage | undefined> {
    const { changeTopic, number } = partition;
    let offset = await this.#offsetOf(partition, position);
    for (;;) {
      const chunk = await this.#kafka.read(changeTopic, number, offset, {
        maxRecords: 1024,
        maxBytes: this.#options.pageBytes,
      });
      const page = await this.#pageOf(partition, position, chunk);
      if (page !== undefined) return page;
      if (chunk.next !== offset) offset = chunk.next;
      else return this.#nothingFrom(offset, partition, position);
    }
  }

  /** The first record that goes beyond a position holds it: those before end at or below it. */
  async #offsetOf({ changeTopic, number, key }: FeedPartition, position: number): Promise<number> {
    for (const page of this.#kept) if (page.partition.key === key && page.end === position) return page.next;
    return this.#kafka.offsetAtTimestamp(changeTopic, number, position + 1);
  }

  async #pageOf(partition: FeedPartition, position: number, { records }: KafkaChunk): Promise<ChangePage | undefined> {
    const { topic, number } = partition;
    const batches: ChangeBatch[] = [];
    let [end, bytes, next] = [position, 0, 0];
    for (const { offset, value } of records) {
      const record = readRecord(value);
      if (!isBatch(record) || record.to <= end) continue;
      if (record.from > end) {
        if (batches.length === 0) throw expired(partition, position, `the next held begin at ${record.from}`);
        break;
      }
      const whole = await this.#wholeRecord(partition, record);
      batches.push(lazyBatch({ topic, partition: number, from: end, to: record.to }, whole, headerBytes));
      [end, bytes, next] = [record.to, bytes + whole.length, offset + 1];
    }
    return batches.length === 0 ? undefined : { partition, start: position, end, batches, bytes, next };
  }

  async #wholeRecord(partition: FeedPartition, record: ChangeRecord): Promise<Buffer> {
    if (record.kind !== "assembled") return record.bytes;
    const parts: Buffer[] = [];
    for (const offset of partsOf(record)) parts.push(await this.#readPart(partition, record, offset));
    return joinParts(record, parts);
  }

  /** Parts stand before their record, and may be forgotten without it where another batch stands between them. */
  async #readPart(partition: FeedPartition, { from, to }: ChangeRecord, offset: number): Promise<Buffer> {
    const { changeTopic, number } = partition;
    if (offset < (await logStart(this.#kafka, partition)))
      throw expired(partition, from, `a part of those up to ${to} is missing`);
    const { records } = await this.#kafka.read(changeTopic, number, offset, { maxRecords: 1 });
    const [part] = records;
    if (part?.offset === offset) return part.value;
    throw new OnefoldError("STORE_UNAVAILABLE", `Kafka does not show the changes of ${partition.key} that it holds.`);
  }

  /** Above the position there was something. Either all is forgotten, or this broker does not show it yet. */
  async #nothingFrom(offset: number, partition: FeedPartition, position: number): Promise<undefined> {
    const ranges = await this.#kafka.ranges(partition.changeTopic);
    const shown = ranges.find((range) => range.partition === partition.number)?.end ?? 0;
    if (offset >= shown && shown >= partition.logEnd) throw expired(partition, position, "none after them are");
  }
}

function expired({ key }: FeedPartition, position: number, rest: string): OnefoldError {
  return new OnefoldError("CURSOR_EXPIRED", `The changes of ${key} after ${position} are no longer held; ${rest}.`);
}
