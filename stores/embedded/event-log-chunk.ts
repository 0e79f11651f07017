/** The bytes of the embedded log: many records of one append and partition as one chunk, and the keys of chunks. */
import type { AppendBatch, AppendRecord, LogRecord, RecordOrigin } from "../ports/event-log.ts";
import { ByteReader, ByteWriter, maxTextBytes, maxVarintBytes } from "../ports/bytes.ts";
import { checkChunk, sealBytes, type UnsealedChunk } from "./sealed-bytes.ts";

/** Records of one partition, in order, before their offsets are known. */
export interface ChunkDraft {
  readonly count: number;
  readonly chunk: UnsealedChunk;
}

export interface ChunkPlace {
  readonly topic: number;
  readonly partition: number;
  /** Offset of its first record. */
  readonly base: number;
}

/** An append is cut into chunks of about this size. One large record makes one large chunk. */
const chunkBytes = 1024 * 1024;

/** Topic (4 bytes), partition (2), base offset (6), big-endian: the order of bytes is the order of records. */
export function chunkKey(place: ChunkPlace): Buffer {
  const key = Buffer.allocUnsafe(12);
  key.writeUInt32BE(place.topic, 0);
  key.writeUInt16BE(place.partition, 4);
  key.writeUIntBE(place.base, 6, 6);
  return key;
}

export function baseOfKey(key: Buffer): number {
  return key.readUIntBE(6, 6);
}

/**
 * ```text
 * seal 4 | append time, float64 | origin, JSON text | count | count × ( value, length first | sequence )
 * ```
 * A sequence is 0 for none, else 1 + the zigzag difference from the one before (the first from 0).
 */
export function encodeChunks(
  records: readonly AppendRecord[],
  { origin, time }: Pick<AppendBatch, "origin" | "time">,
): readonly ChunkDraft[] {
  const originText = JSON.stringify(origin);
  const drafts: ChunkDraft[] = [];
  for (let first = 0; first < records.length;) {
    let bytes = 0;
    let next = first;
    for (let record = records[next]; record !== undefined && bytes < chunkBytes; record = records[++next]) {
      bytes += record.value.length + 2 * maxVarintBytes;
    }
    const header = sealBytes + 8 + maxTextBytes(originText) + maxVarintBytes;
    const writer = new ByteWriter(Buffer.allocUnsafe(header + bytes), sealBytes);
    writer.float64(time);
    writer.text(originText);
    writer.varint(next - first);
    writeRecords(writer, records, first, next);
    drafts.push({ count: next - first, chunk: checkChunk(writer.finish()) });
    first = next;
  }
  return drafts;
}

function writeRecords(writer: ByteWriter, records: readonly AppendRecord[], first: number, next: number): void {
  let previous = 0;
  for (let at = first; at < next; at++) {
    const record = records[at];
    if (record === undefined) return;
    const { value, sequence } = record;
    writer.piece(value);
    if (sequence === null) {
      writer.varint(0);
    } else {
      const step = sequence - previous;
      writer.varint(1 + (step < 0 ? -2 * step - 1 : 2 * step));
      previous = sequence;
    }
  }
}

/** Reads the records of one whole chunk one after the other, from its first. */
export class ChunkReader {
  readonly count: number;
  readonly #reader: ByteReader;
  readonly #time: number;
  readonly #origin: RecordOrigin;
  #offset: number;
  readonly #end: number;
  #sequence = 0;

  /** `bytes` were found to be sealed. `originOf` turns the text of an origin into the origin. */
  constructor(bytes: Buffer, base: number, originOf: (text: string) => RecordOrigin) {
    this.#reader = new ByteReader(bytes, sealBytes);
    this.#time = this.#reader.float64();
    this.#origin = originOf(this.#reader.text());
    this.count = this.#reader.varint();
    this.#offset = base;
    this.#end = base + this.count;
  }

  /** Offset of the record that {@link next} will give. */
  get offset(): number {
    return this.#offset;
  }

  get end(): number {
    return this.#end;
  }

  /** The next record; its value is a view of the chunk. Only below {@link end}. */
  next(): LogRecord {
    const value = this.#reader.piece();
    const sequence = this.#readSequence();
    return { offset: this.#offset++, time: this.#time, sequence, value, origin: this.#origin };
  }

  skipTo(offset: number): void {
    for (; this.#offset < offset; this.#offset++) {
      this.#reader.skipPiece();
      this.#readSequence();
    }
  }

  #readSequence(): number | null {
    const code = this.#reader.varint();
    if (code === 0) return null;
    const zigzag = code - 1;
    this.#sequence += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    return this.#sequence;
  }
}
