/** Reads the bytes of a log record as raw named values: from JSON, or from CSV with the columns of its origin. */
import { isUtf8 } from "node:buffer";
import { parse as parseCsv } from "csv-parse/sync";
import type { Rejection } from "../../schema/model/event.ts";
import type { LogRecord, RecordOrigin } from "../../stores/ports/event-log.ts";

/** Raw values by path; `undefined` where the record has nothing there. */
export type RawRecord =
  | { readonly kind: "json"; readonly object: Readonly<Record<string, unknown>> }
  | { readonly kind: "csv"; readonly cells: readonly string[] };

/** @default 1 MiB: the largest event that is taken; larger records go to the quarantine. */
export const MAX_EVENT_BYTES = 1 << 20;

/** Cuts one record into raw values, or says why it is not one. */
export function readRawRecord(record: LogRecord): RawRecord | Rejection {
  const { value, origin } = record;
  if (value.byteLength > MAX_EVENT_BYTES) {
    const reason = `The record has ${String(value.byteLength)} bytes; at most ${String(MAX_EVENT_BYTES)} are taken.`;
    return { rule: "too-large", reason };
  }
  const bytes = value instanceof Buffer ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString("utf8");
  // Invalid bytes are decoded to U+FFFD, so valid text without it needs no second look.
  if (text.includes("\ufffd") && !isUtf8(value)) return { rule: "utf8", reason: "The record is not valid UTF-8." };
  return origin.format === "csv" ? readCsv(text, origin) : readJson(text);
}

function readJson(text: string): RawRecord | Rejection {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (fault) {
    return {
      rule: "json",
      reason: `The record is not JSON: ${fault instanceof Error ? fault.message : "unreadable"}.`,
    };
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { rule: "json", reason: "The record is JSON, but not an object with named fields." };
  }
  return { kind: "json", object: parsed as Record<string, unknown> };
}

function readCsv(text: string, origin: RecordOrigin): RawRecord | Rejection {
  const columns = origin.columns ?? [];
  let cells: readonly string[];
  if (text.includes('"')) {
    try {
      const lines = parseCsv(text, { relax_column_count: true });
      if (lines.length !== 1) return { rule: "csv", reason: `The record has ${String(lines.length)} lines, not one.` };
      cells = lines[0] ?? [];
    } catch (fault) {
      return { rule: "csv", reason: `The line is not CSV: ${fault instanceof Error ? fault.message : "unreadable"}` };
    }
  } else cells = text.split(",");
  if (cells.length !== columns.length) {
    const reason = `The line has ${String(cells.length)} columns; ${String(columns.length)} are declared: ${columns.join(", ")}.`;
    return { rule: "csv", reason };
  }
  return { kind: "csv", cells };
}
