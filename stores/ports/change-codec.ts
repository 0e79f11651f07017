/** What one batch changed as bytes, and batches that decode them when first asked: for every change feed that keeps bytes. */
import { ByteReader, ByteWriter, maxTextBytes, maxVarintBytes } from "./bytes.ts";
import type { ChangeBatch, EntityChanges } from "./change-feed.ts";

/**
 * The first `room` bytes are left to the caller; then:
 *
 * ```text
 * count of entities | each: name | count of shapes | each: count of fields, fields | count of keys | each: key, shape
 * ```
 */
export function encodeChanges(entities: readonly EntityChanges[], room: number): Buffer {
  const writer = new ByteWriter(Buffer.allocUnsafe(room + mostBytes(entities)), room);
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
  return Buffer.from(writer.finish());
}

function mostBytes(entities: readonly EntityChanges[]): number {
  let bytes = maxVarintBytes;
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

/** Reads what {@link encodeChanges} wrote, from behind its room. The bytes are trusted: a checksum was compared before. */
export function decodeChanges(bytes: Buffer, room: number): readonly EntityChanges[] {
  const reader = new ByteReader(bytes, room);
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

/** Decodes when first asked: who only follows positions pays nothing for the keys. */
export function lazyBatch(range: Omit<ChangeBatch, "entities">, bytes: Buffer, room: number): ChangeBatch {
  let encoded: Buffer | null = bytes;
  let decoded: readonly EntityChanges[] = [];
  return {
    ...range,
    get entities() {
      if (encoded !== null) decoded = decodeChanges(encoded, room);
      encoded = null;
      return decoded;
    },
  };
}

/** The same batch for a reader that has what lies below `from`; its entities stay whole, and are decoded once for all. */
export function clipBatch(batch: ChangeBatch, from: number): ChangeBatch {
  if (batch.from === from) return batch;
  return {
    topic: batch.topic,
    partition: batch.partition,
    from,
    to: batch.to,
    get entities() {
      return batch.entities;
    },
  };
}
