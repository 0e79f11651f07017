/** Stored records as values. */
import { OnefoldError } from "../../../schema/errors.ts";
import { normalizeInt64, type Int64 } from "../../../schema/model/value.ts";
import type { StateValue } from "../../ports/state-value.ts";
import { hashOfField, operationCode, operationCodes } from "./field-id.ts";

const PADDING = 4;

/**
 * Reads a record, whose form `merge-records.lua` states, and copies its bytes. `names`: fields by the hash of their name.
 * @throws STORE_UNAVAILABLE when it holds what nobody wrote
 */
export function readRecord(record: Buffer, names: ReadonlyMap<number, string>): Map<string, StateValue> {
  const values = new Map<string, StateValue>();
  for (let at = 0; at < record.length - PADDING;) {
    const id = record.readUInt32BE(at);
    const name = names.get(hashOfField(id));
    if (name === undefined)
      throw new OnefoldError("STORE_UNAVAILABLE", `A stored record holds the unknown field ${id}.`);
    const code = operationCode(id);
    if (code === operationCodes.add) {
      values.set(name, { operation: "add", amount: readInt64(record, at + 4) });
      at += 12;
      continue;
    }
    const end = at + 8 + record.readUInt32BE(at + 4);
    values.set(name, readValue(code, record.subarray(at + 8, end)));
    at = end;
  }
  return values;
}

/** Reads the payload of one field that is not a sum: from a record, or from where the rest of a long value stands. */
export function readValue(code: number, payload: Buffer): StateValue {
  switch (code) {
    case operationCodes.greatest:
      return { operation: "greatest", bytes: new Uint8Array(payload) };
    case operationCodes.registers:
      return { operation: "registers", sketch: new Uint8Array(payload) };
    case operationCodes.recent:
      return { operation: "recent", keep: payload.readUInt32BE(0), entries: readEntries(payload) };
    case operationCodes.window:
      return { operation: "window", keep: payload.readUInt32BE(0), buckets: readBuckets(payload) };
    default:
      throw new OnefoldError("STORE_UNAVAILABLE", `A stored record holds the unknown operation ${code}.`);
  }
}

function readEntries(payload: Buffer): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 8; at < payload.length;) {
    const end = at + 4 + payload.readUInt32BE(at);
    entries.push(new Uint8Array(payload.subarray(at + 4, end)));
    at = end + 4;
  }
  return entries;
}

function readBuckets(payload: Buffer): ReadonlyMap<number, Int64> {
  const buckets = new Map<number, Int64>();
  for (let at = 4; at < payload.length; at += 16) buckets.set(payload.readDoubleBE(at), readInt64(payload, at + 8));
  return buckets;
}

function readInt64(bytes: Buffer, at: number): Int64 {
  const value = bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : normalizeInt64(bytes.readBigInt64BE(at));
}
