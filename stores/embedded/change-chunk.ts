/** The bytes of the embedded change feed: one batch as one chunk, whose range stands in its key. */
import type { EntityChanges } from "../ports/change-feed.ts";
import { ByteReader, ByteWriter, maxTextBytes, maxVarintBytes } from "./bytes.ts";
import { checkChunk, sealBytes, type UnsealedChunk } from "./sealed-bytes.ts";

export interface ChangePlace {
  /** Stands for topic and partition. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Partition's number (4 bytes), `to` (6), `from` (6), big-endian: the first key above a position is what follows it. */
export function changeKey(place: ChangePlace): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeUInt32BE(place.number, 0);
  key.writeUIntBE(place.to, 4, 6);
  key.writeUIntBE(place.from, 10, 6);
  return key;
}

export function placeOfKey(key: Buffer): ChangePlace {
  return { number: key.readUInt32BE(0), to: key.readUIntBE(4, 6), from: key.readUIntBE(10, 6) };
}

/**
 * ```text
 * seal 4 | count of entities | each: name | count of shapes | each: count of fields, fields | count of keys | each: key, shape
 * ```
 */
export function encodeChanges(entities: readonly EntityChanges[]): UnsealedChunk {
  const writer = new ByteWriter(Buffer.allocUnsafe(mostBytes(entities)), sealBytes);
  writer.varint(entities.length);
  for (const { entity, shapes, keys, shapeOf } of entities) {
    writer.text(entity);
    writer.varint(shapes.length);
    for (const fields of shapes) {
      writer.varint(fields.length);
      for (const field of fields) writer.text(field);
    }
    writer.varint(keys.length);
    for (const [at, key] of keys.entries()) {
      writer.text(key);
      writer.varint(shapeOf[at] ?? 0);
    }
  }
  // A copy of what was used: the bound is about four times as long.
  return checkChunk(Buffer.from(writer.finish()));
}

function mostBytes(entities: readonly EntityChanges[]): number {
  let bytes = sealBytes + maxVarintBytes;
  for (const { entity, shapes, keys } of entities) {
    bytes += maxTextBytes(entity) + 2 * maxVarintBytes;
    for (const fields of shapes) {
      bytes += maxVarintBytes;
      for (const field of fields) bytes += maxTextBytes(field);
    }
    for (const key of keys) bytes += maxTextBytes(key) + maxVarintBytes;
  }
  return bytes;
}

/** Reads what {@link encodeChanges} wrote, from bytes that were found to be sealed. */
export function decodeChanges(bytes: Buffer): readonly EntityChanges[] {
  const reader = new ByteReader(bytes, sealBytes);
  return times(reader.varint(), (): EntityChanges => {
    const entity = reader.text();
    const shapes = times(reader.varint(), () => times(reader.varint(), () => reader.text()));
    const count = reader.varint();
    const keys = new Array<string>(count);
    const shapeOf = new Array<number>(count);
    for (let at = 0; at < count; at++) {
      keys[at] = reader.text();
      shapeOf[at] = reader.varint();
    }
    return { entity, shapes, keys, shapeOf };
  });
}

function times<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
