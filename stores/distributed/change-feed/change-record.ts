/** The bytes of the distributed change feed: records of its log in Kafka, and the messages of its fast path. */
import { OnefoldError } from "../../../schema/errors.ts";
import { ByteReader, ByteWriter, maxVarintBytes } from "../../ports/bytes.ts";
import { encodeChanges } from "../../ports/change-codec.ts";
import type { ChangeBatch } from "../../ports/change-feed.ts";

/**
 * - `whole`: a batch, its entities behind the header
 * - `part`: a stretch of the entities of a batch that is too large for one record; says nothing by itself
 * - `assembled`: the record that makes such a batch part of the log: the offsets of its parts, written before it
 * - `range`: only in messages: the batch is too large for one, and stands in the log
 */
export type ChangeRecordKind = "whole" | "part" | "assembled" | "range";

const kinds: readonly ChangeRecordKind[] = ["whole", "part", "assembled", "range"];
const format = 1;

/** Of a record: format 1, kind 1, `from` 6, `to` 6. */
export const headerBytes = 14;
/** Before the record in a message: offset of its first record 6, offset behind its last 6. */
const placeBytes = 12;
/** Where the entities of an encoded batch begin. */
export const messageRoom = placeBytes + headerBytes;

/** A stretch of the source's partition. */
export interface ChangeRange {
  readonly from: number;
  readonly to: number;
}

export interface ChangeRecord extends ChangeRange {
  readonly kind: ChangeRecordKind;
  /** The whole record; what its kind holds begins at {@link headerBytes}. */
  readonly bytes: Buffer;
}

/** Records of the log that hold one batch: offsets `first` to `next` − 1 with nothing else between them. */
export interface LogPlace {
  readonly first: number;
  readonly next: number;
}

/** A batch as a message whose place in the log is not known yet. */
export function encodeBatch(batch: ChangeBatch): Buffer {
  const message = encodeChanges(batch.entities, messageRoom);
  writeHeader(message, placeBytes, { kind: "whole", from: batch.from, to: batch.to });
  return message;
}

/** The record in an encoded batch. */
export function recordOf(message: Buffer): Buffer {
  return message.subarray(placeBytes);
}

/** Completes an encoded batch, for whoever listens. */
export function placeMessage(message: Buffer, place: LogPlace): Buffer {
  message.writeUIntBE(place.first, 0, 6);
  message.writeUIntBE(place.next, 6, 6);
  return message;
}

export function rangeMessage(range: ChangeRange, place: LogPlace): Buffer {
  const message = Buffer.allocUnsafe(messageRoom);
  writeHeader(message, placeBytes, { kind: "range", from: range.from, to: range.to });
  return placeMessage(message, place);
}

/** Null for what is none of this version: the log says the same, and louder. */
export function readMessage(message: Buffer): (LogPlace & ChangeRecord) | null {
  const record = message.length < messageRoom ? null : parseRecord(recordOf(message));
  return record && { first: message.readUIntBE(0, 6), next: message.readUIntBE(6, 6), ...record };
}

/** The record that ends a partition without changing anything: it keeps the end when all below is forgotten. */
export function endRecord(end: number): Buffer {
  return recordOf(encodeBatch({ topic: "", partition: 0, from: end, to: end, entities: [] }));
}

export function isEndRecord({ kind, from, to }: ChangeRecord): boolean {
  return kind === "whole" && from === to;
}

/** Cuts a record of kind `whole` into parts of at most `maxBytes`. */
export function partRecords(record: Buffer, maxBytes: number): readonly Buffer[] {
  const { from, to } = readRecord(record);
  const parts: Buffer[] = [];
  const bodyBytes = maxBytes - headerBytes;
  for (let at = headerBytes; at < record.length; at += bodyBytes) {
    const part = Buffer.allocUnsafe(headerBytes + Math.min(bodyBytes, record.length - at));
    writeHeader(part, 0, { kind: "part", from, to });
    record.copy(part, headerBytes, at, at + bodyBytes);
    parts.push(part);
  }
  return parts;
}

/** Header, then count and offsets of the parts. */
export function assembledRecord(range: ChangeRange, parts: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + (1 + parts.length) * maxVarintBytes);
  writeHeader(bytes, 0, { kind: "assembled", from: range.from, to: range.to });
  const writer = new ByteWriter(bytes, headerBytes);
  writer.varint(parts.length);
  for (const offset of parts) writer.varint(offset);
  return writer.finish();
}

/** The offsets of the parts of an `assembled` record, ascending. */
export function partsOf(record: ChangeRecord): readonly number[] {
  const reader = new ByteReader(record.bytes, headerBytes);
  return Array.from({ length: reader.varint() }, () => reader.varint());
}

/** The batch that was cut into these parts, as a record of kind `whole`. */
export function joinParts(range: ChangeRange, parts: readonly Buffer[]): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  writeHeader(header, 0, { kind: "whole", from: range.from, to: range.to });
  return Buffer.concat([header, ...parts.map((part) => part.subarray(headerBytes))]);
}

/** @throws STORE_FORMAT */
export function readRecord(bytes: Buffer): ChangeRecord {
  const record = parseRecord(bytes);
  if (record !== null) return record;
  const message = "A record of changes has a format that this version does not know.";
  const remedy = "Let all processes run the same version of Onefold; the topic must hold nothing but its changes.";
  throw new OnefoldError("STORE_FORMAT", message, { remedy });
}

function parseRecord(bytes: Buffer): ChangeRecord | null {
  const kind = kinds[bytes[1] ?? kinds.length];
  if (bytes.length < headerBytes || bytes[0] !== format || kind === undefined) return null;
  return { kind, from: bytes.readUIntBE(2, 6), to: bytes.readUIntBE(8, 6), bytes };
}

function writeHeader(bytes: Buffer, at: number, header: ChangeRange & { readonly kind: ChangeRecordKind }): void {
  bytes[at] = format;
  bytes[at + 1] = kinds.indexOf(header.kind);
  bytes.writeUIntBE(header.from, at + 2, 6);
  bytes.writeUIntBE(header.to, at + 8, 6);
}
