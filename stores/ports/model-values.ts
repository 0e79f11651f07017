/** How model values are written into the state store's bytes, and read back: order keys, attributes, recent entries. */
import type { MetricField } from "../../schema/model/entity.ts";
import type { EventModel, StandardEvent } from "../../schema/model/event.ts";
import type { Metric } from "../../schema/model/metric.ts";
import { addInt64, type Int64, type StandardValue } from "../../schema/model/value.ts";
import { estimate } from "./sketch.ts";
import type { StateValue } from "./state-value.ts";

/** Every event adds 1 to this field of each entity that carries it, so that an entity exists once any event named it. */
export const EVENTS_FIELD = "_events";

/** Times are shifted by this before they are written, so that times before 1970 sort right, too. */
const TIME_BIAS = 2 ** 52;
const FIXED_BYTES = 18;
const ID_LENGTH_AT = 16;

/** What orders events: time, then hash of the content, then id (shorter first). Never arrival. */
export type EventOrder = Pick<StandardEvent, "time" | "hash" | "id">;

/** Compares in the order that {@link writeOrderKey} writes. */
export function compareEvents(a: EventOrder, b: EventOrder): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return a.id === b.id ? 0 : Buffer.compare(orderKey(a), orderKey(b));
}

function orderKey(event: EventOrder): Buffer {
  const key = Buffer.allocUnsafe(FIXED_BYTES + Buffer.byteLength(event.id));
  writeOrderKey(key, 0, event);
  return key;
}

/** Bytes: time (8, biased, big-endian), hash (8, big-endian), id length (2), id (UTF-8). Returns the length. */
function writeOrderKey(into: Buffer, at: number, event: EventOrder): number {
  const time = event.time + TIME_BIAS;
  into.writeUInt32BE(Math.floor(time / 2 ** 32), at);
  into.writeUInt32BE(time >>> 0, at + 4);
  into.writeBigUInt64BE(event.hash, at + 8);
  const length = into.write(event.id, at + FIXED_BYTES, "utf8");
  into.writeUInt16BE(length, at + ID_LENGTH_AT);
  return FIXED_BYTES + length;
}

/** An order key followed by text. */
function withOrderKey(event: EventOrder, text: string): Buffer {
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + Buffer.byteLength(event.id) + Buffer.byteLength(text));
  bytes.write(text, writeOrderKey(bytes, 0, event), "utf8");
  return bytes;
}

/** `latest`: greatest by event order. */
export function latestBytes(event: EventOrder, value: StandardValue): Uint8Array {
  return withOrderKey(event, JSON.stringify(value));
}

/** `first`: the complement of the whole order key, so that the greatest bytes are the earliest event. */
export function firstBytes(event: EventOrder, value: StandardValue): Uint8Array {
  const bytes = withOrderKey(event, JSON.stringify(value));
  return complement(bytes, FIXED_BYTES + bytes.readUInt16BE(ID_LENGTH_AT));
}

/** `max`: order-preserving bytes of a double. `min` is the complement. */
export function extremeBytes(extreme: "min" | "max", value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  if (value < 0) complement(bytes);
  else bytes[0] = (bytes[0] ?? 0) | 0x80;
  return extreme === "min" ? complement(bytes) : bytes;
}

function readExtreme(extreme: "min" | "max", from: Uint8Array): number {
  const bytes = extreme === "min" ? complement(Buffer.from(from)) : Buffer.from(from);
  if (((bytes[0] ?? 0) & 0x80) === 0) complement(bytes);
  else bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.readDoubleBE();
}

/** Inverts the first `length` bytes in place. */
function complement(bytes: Buffer, length = bytes.length): Buffer {
  for (let i = 0; i < length; i++) bytes[i] = ~(bytes[i] ?? 0);
  return bytes;
}

/** One entry of an event model: order key, then the event's values as JSON with null in place of the id. */
export function recentEntry(event: StandardEvent): Uint8Array {
  return withOrderKey(event, event.text);
}

/** Writes what {@link recentEntry} gives, and answers its length, of at most {@link maxEntryBytes}. */
export function writeRecentEntry(into: Buffer, at: number, event: StandardEvent): number {
  const key = writeOrderKey(into, at, event);
  return key + into.write(event.text, at + key, "utf8");
}

/** No UTF-16 code unit takes more than three bytes of UTF-8. */
export function maxEntryBytes({ id, text }: StandardEvent): number {
  return FIXED_BYTES + 3 * (id.length + text.length);
}

export interface RecentEntry {
  /** Identifies the entry and its place among others: what a page's cursor holds. */
  readonly orderKey: Uint8Array;
  readonly time: number;
  readonly id: string;
  readonly values: readonly StandardValue[];
}

/** Reads what {@link recentEntry} wrote. */
export function readRecentEntry(model: EventModel, entry: Uint8Array): RecentEntry {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  const end = FIXED_BYTES + bytes.readUInt16BE(ID_LENGTH_AT);
  const id = bytes.toString("utf8", FIXED_BYTES, end);
  const values = JSON.parse(bytes.toString("utf8", end)) as StandardValue[];
  if (model.idField !== null) values[model.idField] = id;
  return { orderKey: bytes.subarray(0, end), time: readTime(bytes), id, values };
}

function readTime(bytes: Buffer): number {
  return bytes.readUInt32BE(0) * 2 ** 32 + bytes.readUInt32BE(4) - TIME_BIAS;
}

/**
 * Reads a metric's value out of the store's. Nothing stored: 0 for count, sum and distinct, null for the others.
 * `atMs` is the instant that a sliding window ends at; its resolution is the window's bucket.
 */
export function readMetric(
  field: Pick<MetricField, "metric">,
  value: StateValue | undefined,
  options: { readonly atMs: number },
): StandardValue | Int64 {
  const { metric } = field;
  switch (metric.function) {
    case "count":
    case "sum":
      if (value?.operation === "window") return sumWindow(metric, value.buckets, options.atMs);
      return value?.operation === "add" ? value.amount : 0;
    case "distinct":
      return value?.operation === "registers" ? estimate(value.sketch) : 0;
    case "min":
    case "max":
      return value?.operation === "greatest" ? readExtreme(metric.function, value.bytes) : null;
    case "latest":
    case "first":
      return value?.operation === "greatest" ? readAttribute(metric.function, value.bytes) : null;
  }
}

function readAttribute(which: "latest" | "first", from: Uint8Array): StandardValue {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  const length = bytes.readUInt16BE(ID_LENGTH_AT);
  return JSON.parse(
    bytes.toString("utf8", FIXED_BYTES + (which === "first" ? ~length & 0xffff : length)),
  ) as StandardValue;
}

/** Sums the buckets that start in (at − length, at]. */
function sumWindow(metric: Metric, buckets: ReadonlyMap<number, Int64>, atMs: number): Int64 {
  const length = metric.window?.lengthMs ?? 0;
  let sum: Int64 = 0;
  for (const [bucket, amount] of buckets) if (bucket > atMs - length && bucket <= atMs) sum = addInt64(sum, amount);
  return sum;
}
