/** Reads records out of the chunks of the embedded log, in offset order, and finds what is torn. */
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import type { LogChunk, LogRecord, RecordOrigin } from "../ports/event-log.ts";
import { LogCorruptError } from "../ports/log-corrupt-error.ts";
import type { Environment } from "./environment.ts";
import { baseOfKey, chunkKey, ChunkReader } from "./event-log-chunk.ts";
import { isSealed } from "./sealed-bytes.ts";

export interface ChunkRead {
  readonly topic: string;
  readonly number: number;
  readonly partition: number;
  /** What the partition holds in this snapshot. */
  readonly range: { readonly start: number; readonly end: number };
  readonly from: number;
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Partitions whose half-read chunk is kept open, so that small reads do not check a large chunk again and again. */
const maxOpenChunks = 16;

export class EventLogReader {
  readonly #environment: Environment;
  readonly #open = new Map<string, ChunkReader>();
  #origin: { readonly text: string; readonly origin: RecordOrigin } | null = null;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Records are views of their chunk: who keeps one keeps about 1 MiB.
   * @throws LOG_GAP when `from` lies outside what is held, LogCorruptError when the chunk at `from` is torn
   */
  read(read: ChunkRead): LogChunk {
    const { range, from, maxRecords, maxBytes } = read;
    if (from < range.start || from > range.end) {
      const held = `${partitionKey(read.topic, read.partition)} holds offsets ${range.start} to ${range.end - 1}`;
      throw new OnefoldError("LOG_GAP", `${held}; offset ${from} was asked for.`);
    }
    const records: LogRecord[] = [];
    let bytes = 0;
    let next = from;
    while (next < range.end && records.length < maxRecords && bytes <= maxBytes) {
      const chunk = this.#chunkAt(read, next);
      if (chunk instanceof LogCorruptError) {
        if (records.length > 0) break;
        throw chunk;
      }
      chunk.skipTo(next);
      while (chunk.offset < chunk.end && records.length < maxRecords && bytes <= maxBytes) {
        const record = chunk.next();
        records.push(record);
        bytes += record.value.length;
      }
      next = chunk.offset;
      this.#keepOpen(read, chunk);
    }
    return { records, next };
  }

  /** The chunk that holds `offset`, at or below it. */
  #chunkAt(read: ChunkRead, offset: number): ChunkReader | LogCorruptError {
    const open = this.#open.get(placeName(read));
    if (open?.offset === offset && open.offset < open.end) return open;
    const keyOf = (base: number): Buffer => chunkKey({ topic: read.number, partition: read.partition, base });
    const exact = keyOf(offset);
    let key: Buffer | undefined = exact;
    let bytes = this.#environment.chunk(exact);
    if (bytes === undefined) {
      key = this.#environment.chunkKeyAtOrBelow(exact, keyOf(read.range.start));
      bytes = key === undefined ? undefined : this.#environment.chunk(key);
    }
    if (key !== undefined && bytes !== undefined && isSealed(bytes, key)) {
      const chunk = new ChunkReader(bytes, baseOfKey(key), (text) => this.#originOf(text));
      if (chunk.end > offset) return chunk;
    }
    const [behind] = this.#environment.chunkKeys(keyOf(offset + 1), keyOf(read.range.end), 1);
    const next = behind === undefined ? read.range.end : baseOfKey(behind);
    return new LogCorruptError({ topic: read.topic, partition: read.partition, from: offset, next });
  }

  #keepOpen(read: ChunkRead, chunk: ChunkReader): void {
    const place = placeName(read);
    this.#open.delete(place);
    if (chunk.offset >= chunk.end) return;
    this.#open.set(place, chunk);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxOpenChunks && oldest !== undefined) this.#open.delete(oldest);
  }

  /** Chunks of one producer follow each other, and share one origin. */
  #originOf(text: string): RecordOrigin {
    if (this.#origin?.text !== text) this.#origin = { text, origin: JSON.parse(text) as RecordOrigin };
    return this.#origin.origin;
  }
}

function placeName(read: ChunkRead): string {
  return `${read.number}/${read.partition}`;
}
