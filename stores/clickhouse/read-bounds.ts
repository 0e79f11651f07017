/** What all reads share: bounds of time, the order of text, and the refusal of a read that no table answers. */
import { OnefoldError } from "../../schema/errors.ts";

/** By the bytes of UTF-8, as the engine compares. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What can be stored: the years 1 to 9999. */
const FIRST_TIME = Date.parse("0001-01-01T00:00:00Z");
const AFTER_LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z") + 1;

/** Keeps bounds such as ±Infinity within the stored years: a server that hands a time outside of them on garbles it. */
export function clampTime(ms: number): number {
  return Math.max(FIRST_TIME, Math.min(AFTER_LAST_TIME, Math.ceil(ms)));
}

export function unreadable(table: string, what: string): OnefoldError {
  return new OnefoldError("INTERNAL", `Table ${table} cannot be read by ${what}.`);
}
