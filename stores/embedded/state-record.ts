/**
 * One member of an entity as bytes: merged in place of being decoded, because this is the hottest loop of ingest.
 *
 * Record: CRC-32 of the rest (4), then fields: name number (2), operation (1), payload length (4), payload.
 * add: int64. greatest, registers: the bytes. recent: keep (4), then length (4) and bytes of each entry, descending.
 * window: keep (4), then bucket (8, double) and int64 of each, newest first. Little-endian.
 */
import { crc32 } from "node:zlib";
import { normalizeInt64, type Int64 } from "../../schema/model/value.ts";
import { combineValues } from "../ports/state-algebra.ts";
import type { StateValue } from "../ports/state-value.ts";

export const RECORD_HEADER = 4;
const FIELD_HEADER = 7;
const operations = ["add", "greatest", "recent", "registers", "window"] as const;
const ADD = 0;
const GREATEST = 1;

/** Merges mutations into records, writing into one growing buffer that it owns. */
export class RecordWriter {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  #length = 0;
  /** Which mutations of the current call have met their field. */
  #met = new Uint8Array(64);

  /**
   * Gives the record that follows from `old` and `mutations`. The result is valid until the next call.
   * `old` may be null (a new record) and is not changed. `numbers`: those of the mutations' field names, in their order.
   */
  merge(old: Buffer | null, mutations: readonly StateValue[], numbers: readonly number[]): Buffer {
    this.#length = RECORD_HEADER;
    if (mutations.length > this.#met.length) this.#met = new Uint8Array(mutations.length * 2);
    this.#met.fill(0, 0, mutations.length);
    if (old !== null) {
      for (let at = RECORD_HEADER; at < old.length;) {
        const field = old.readUInt16LE(at);
        const end = at + FIELD_HEADER + old.readUInt32LE(at + 3);
        const index = numbers.indexOf(field);
        const mutation = index < 0 ? undefined : mutations[index];
        if (mutation === undefined) this.#copy(old, at, end);
        else {
          this.#met[index] = 1;
          this.#combine(old, at, mutation);
        }
        at = end;
      }
    }
    for (let i = 0; i < mutations.length; i++) {
      const mutation = mutations[i];
      if (mutation !== undefined && this.#met[i] === 0) this.#write(numbers[i] ?? 0, mutation);
    }
    const record = this.#buffer.subarray(0, this.#length);
    record.writeUInt32LE(crc32(record.subarray(RECORD_HEADER)), 0);
    return record;
  }

  #combine(old: Buffer, at: number, value: StateValue): void {
    const operation = old[at + 2];
    const field = old.readUInt16LE(at);
    if (operation === ADD && value.operation === "add" && typeof value.amount === "number") {
      const sum = readSafeInt64(old, at + FIELD_HEADER) + value.amount;
      if (Number.isSafeInteger(sum)) {
        this.#header(field, ADD, 8);
        this.#int64(sum);
        return;
      }
    }
    if (operation === GREATEST && value.operation === "greatest") {
      const start = at + FIELD_HEADER;
      const end = start + old.readUInt32LE(at + 3);
      if (old.compare(value.bytes, 0, value.bytes.length, start, end) >= 0) this.#copy(old, at, end);
      else this.#write(field, value);
      return;
    }
    this.#write(field, combineValues(readValue(old, at), value));
  }

  #write(field: number, value: StateValue): void {
    switch (value.operation) {
      case "add":
        this.#header(field, ADD, 8);
        this.#int64(value.amount);
        return;
      case "greatest":
        this.#header(field, GREATEST, value.bytes.length);
        this.#bytes(value.bytes);
        return;
      case "recent": {
        this.#header(field, 2, 4 + value.entries.reduce((sum, entry) => sum + 4 + entry.length, 0));
        this.#length = this.#buffer.writeUInt32LE(value.keep, this.#length);
        for (const entry of value.entries) {
          this.#length = this.#buffer.writeUInt32LE(entry.length, this.#length);
          this.#bytes(entry);
        }
        return;
      }
      case "registers":
        this.#header(field, 3, value.sketch.length);
        this.#bytes(value.sketch);
        return;
      case "window":
        this.#header(field, 4, 4 + value.buckets.size * 16);
        this.#length = this.#buffer.writeUInt32LE(value.keep, this.#length);
        for (const [bucket, amount] of value.buckets) {
          this.#length = this.#buffer.writeDoubleLE(bucket, this.#length);
          this.#int64(amount);
        }
    }
  }

  #header(field: number, operation: number, length: number): void {
    this.#reserve(FIELD_HEADER + length);
    const buffer = this.#buffer;
    let at = buffer.writeUInt16LE(field, this.#length);
    buffer[at++] = operation;
    this.#length = buffer.writeUInt32LE(length, at);
  }

  #int64(amount: Int64): void {
    if (typeof amount === "number") {
      const high = Math.floor(amount / 2 ** 32);
      this.#buffer.writeUInt32LE(amount - high * 2 ** 32, this.#length);
      this.#length = this.#buffer.writeInt32LE(high, this.#length + 4);
    } else this.#length = this.#buffer.writeBigInt64LE(amount, this.#length);
  }

  #bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #copy(old: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    old.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(this.#length + more)));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Whether the record's bytes are those that were written. */
export function recordIsWhole(record: Buffer): boolean {
  return record.length >= RECORD_HEADER && crc32(record.subarray(RECORD_HEADER)) === record.readUInt32LE(0);
}

/** The highest name number among its fields. */
export function highestField(record: Buffer): number {
  let highest = 0;
  for (let at = RECORD_HEADER; at < record.length; at += FIELD_HEADER + record.readUInt32LE(at + 3)) {
    highest = Math.max(highest, record.readUInt16LE(at));
  }
  return highest;
}

/** Reads the fields for which `nameOf` gives a name, copying their bytes. */
export function readRecord(
  record: Buffer,
  nameOf: (field: number) => string | undefined,
): ReadonlyMap<string, StateValue> {
  const values = new Map<string, StateValue>();
  for (let at = RECORD_HEADER; at < record.length; at += FIELD_HEADER + record.readUInt32LE(at + 3)) {
    const name = nameOf(record.readUInt16LE(at));
    if (name !== undefined) values.set(name, readValue(record, at));
  }
  return values;
}

function readValue(record: Buffer, field: number): StateValue {
  const start = field + FIELD_HEADER;
  const end = start + record.readUInt32LE(field + 3);
  const operation = operations[record[field + 2] ?? -1];
  switch (operation) {
    case "add":
      return { operation, amount: readInt64(record, start) };
    case "greatest":
      return { operation, bytes: copyOf(record, start, end) };
    case "registers":
      return { operation, sketch: copyOf(record, start, end) };
    case "recent": {
      const entries: Uint8Array[] = [];
      for (let at = start + 4; at < end;) {
        const next = at + 4 + record.readUInt32LE(at);
        entries.push(copyOf(record, at + 4, next));
        at = next;
      }
      return { operation, keep: record.readUInt32LE(start), entries };
    }
    case "window": {
      const buckets = new Map<number, Int64>();
      for (let at = start + 4; at < end; at += 16) buckets.set(record.readDoubleLE(at), readInt64(record, at + 8));
      return { operation, keep: record.readUInt32LE(start), buckets };
    }
    default:
      throw new RangeError(`A record holds the unknown operation ${String(record[field + 2])}.`);
  }
}

function copyOf(record: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(record.subarray(start, end));
}

/** NaN beyond the safe range, so that a sum with it is not safe either. */
function readSafeInt64(record: Buffer, at: number): number {
  const value = record.readInt32LE(at + 4) * 2 ** 32 + record.readUInt32LE(at);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function readInt64(record: Buffer, at: number): Int64 {
  const safe = readSafeInt64(record, at);
  return Number.isNaN(safe) ? normalizeInt64(record.readBigInt64LE(at)) : safe;
}
