/**
 * Decodes record batches (https://kafka.apache.org/documentation/#recordbatch) as they stand in an answer. The client's own
 * decoder makes some twenty objects of each record, which costs as much as to standardise the event in it; this makes two.
 */
import type { BatchContext, FetchedBatch, FetchedRecord } from "./committed-records.ts";

/** Of the length that stands in front, and what is in front of that. */
const lengthEnd = 12;
/** From the start of a batch to its first record. */
const headerBytes = 61;
const magicAt = 16;
const currentMagic = 2;
const compressionMask = 0x07;
const logAppendTimeFlag = 0x08;
const transactionFlag = 0x10;
const controlFlag = 0x20;
const noHeaders: FetchedRecord["headers"] = Object.freeze({});
const twoTo32 = 2 ** 32;

/**
 * The whole batches in [from, to), of which the last one may be cut off. They are views of `bytes`, and are decoded while
 * they are gone through: what is fetched ahead costs no objects. Null: a batch is compressed or of an older form, which is
 * left to the client.
 */
export function findBatches(bytes: Buffer, from: number, to: number): readonly DecodedBatch[] | null {
  const batches: DecodedBatch[] = [];
  for (let at = from; at + headerBytes <= to;) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8);
    if (bytes[at + magicAt] !== currentMagic) return null;
    if (end > to) break;
    if ((bytes.readInt16BE(at + 21) & compressionMask) !== 0) return null;
    batches.push(new DecodedBatch(bytes, at, end));
    at = end;
  }
  return batches;
}

export class DecodedBatch implements FetchedBatch {
  readonly context: BatchContext;
  readonly length: number;
  readonly size: number;
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(bytes: Buffer, at: number, end: number) {
    const attributes = bytes.readInt16BE(at + 21);
    this.context = {
      firstOffset: readInt64(bytes, at),
      lastOffsetDelta: bytes.readInt32BE(at + 23),
      inTransaction: (attributes & transactionFlag) !== 0,
      isControlBatch: (attributes & controlFlag) !== 0,
      producerId: String(bytes.readBigInt64BE(at + 43)),
    };
    this.length = Math.max(0, bytes.readInt32BE(at + 57));
    this.size = end - at;
    this.#bytes = bytes;
    this.#at = at;
  }

  *[Symbol.iterator](): Generator<FetchedRecord, undefined> {
    const bytes = this.#bytes;
    const at = this.#at;
    const batchContext = this.context;
    const firstOffset = readInt64(bytes, at);
    const firstTime = readInt64(bytes, at + 27);
    const appendTime = (bytes.readInt16BE(at + 21) & logAppendTimeFlag) === 0 ? null : readInt64(bytes, at + 35);
    const reader = new VarintReader(bytes, at + headerBytes);
    for (let left = this.length; left > 0; left--) {
      const length = reader.next();
      const end = reader.at + length;
      // One byte of attributes, which means nothing.
      reader.at++;
      const timestamp = firstTime + reader.next();
      const offset = firstOffset + reader.next();
      yield new DecodedRecord(bytes, reader.at, { offset, timestamp: appendTime ?? timestamp, batchContext });
      reader.at = end;
    }
  }
}

/** Keys and headers are looked for when they are asked for: readers of events want neither, or one header. */
class DecodedRecord implements FetchedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Buffer | null;
  readonly batchContext: BatchContext;
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #headersAt: number;

  constructor(bytes: Buffer, keyAt: number, of: Pick<DecodedRecord, "offset" | "timestamp" | "batchContext">) {
    this.offset = of.offset;
    this.timestamp = of.timestamp;
    this.batchContext = of.batchContext;
    this.#bytes = bytes;
    this.#keyAt = keyAt;
    const reader = new VarintReader(bytes, keyAt);
    reader.skip();
    this.value = reader.bytesOrNull();
    this.#headersAt = reader.at;
  }

  get key(): Buffer | null {
    return new VarintReader(this.#bytes, this.#keyAt).bytesOrNull();
  }

  get headers(): FetchedRecord["headers"] {
    // A count of none is one byte of zero.
    return this.#bytes[this.#headersAt] === 0 ? noHeaders : readHeaders(new VarintReader(this.#bytes, this.#headersAt));
  }
}

function readHeaders(reader: VarintReader): FetchedRecord["headers"] {
  // Without a prototype: a foreign producer may name a header `__proto__` or `valueOf`.
  const headers = Object.create(null) as Record<string, Buffer | readonly Buffer[]>;
  for (let left = reader.next(); left > 0; left--) {
    const name = reader.bytesOrNull()?.toString("utf8") ?? "";
    const value = reader.bytesOrNull();
    if (value === null) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

/** Exact up to 2^53, which offsets and times do not reach. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * twoTo32 + bytes.readUInt32BE(at + 4);
}

class VarintReader {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  next(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.at++] ?? 0;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * unit;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Passes bytes with their length in front. */
  skip(): void {
    const length = this.next();
    if (length > 0) this.at += length;
  }

  bytesOrNull(): Buffer | null {
    const length = this.next();
    if (length < 0) return null;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}
