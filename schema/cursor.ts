/** Cursors: an ordered position in the log as a vector of source offsets; clients see one opaque, checked text. */
import { crc32 } from "node:zlib";
import { OnefoldError } from "./errors.ts";

/**
 * `"<topic>/<partition>"` to the first offset that is **not** included: `{ "events.user-behavior/0": 42 }` says
 * "includes offsets 0 to 41 of that partition". A partition that is absent says nothing.
 */
export type CursorVector = Readonly<Record<string, number>>;

/** Names one partition of one topic, as cursors and progress reports write it. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** Splits what {@link partitionKey} made. */
export function parsePartitionKey(key: string): { readonly topic: string; readonly partition: number } {
  const slash = key.lastIndexOf("/");
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) };
}

/** The component-wise minimum: what two reads both include. A partition that only one of them read keeps its offset. */
export function meetCursors(a: CursorVector, b: CursorVector): CursorVector {
  const out: Record<string, number> = { ...a };
  for (const [key, offset] of Object.entries(b)) {
    const other = out[key];
    out[key] = other === undefined ? offset : Math.min(other, offset);
  }
  return out;
}

/** Whether `have` includes everything that `want` names. */
export function cursorIncludes(have: CursorVector, want: CursorVector): boolean {
  return Object.entries(want).every(([key, offset]) => (have[key] ?? 0) >= offset);
}

/** Writes a cursor as opaque base64url text with a checksum, so that a cut or altered one is refused. */
export function encodeCursor(vector: CursorVector): string {
  const body = JSON.stringify(Object.entries(vector).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(checksum(body) + body, "utf8").toString("base64url");
}

/**
 * Reads what {@link encodeCursor} wrote.
 * @throws OnefoldError CURSOR_INVALID
 */
export function decodeCursor(text: string): CursorVector {
  const raw = Buffer.from(text, "base64url");
  const body = raw.toString("utf8", 8);
  const intact =
    raw.length >= 10 && raw.toString("base64url") === text && raw.toString("latin1", 0, 8) === checksum(body);
  const entries = intact ? readEntries(body) : null;
  if (entries === null) {
    const shown = JSON.stringify(text.slice(0, 40));
    throw new OnefoldError("CURSOR_INVALID", `The cursor ${shown} is not one that Onefold gave.`);
  }
  return Object.fromEntries(entries);
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
}

/** Null for what has a right checksum and is no vector all the same: a checksum is no signature. */
function readEntries(body: string): [string, number][] | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const isEntry = (entry: unknown): boolean =>
      Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string" && Number.isSafeInteger(entry[1]);
    return Array.isArray(parsed) && parsed.every(isEntry) ? (parsed as [string, number][]) : null;
  } catch {
    return null;
  }
}
