/** What a client gives to publish an event → the raw record that its source would have sent. */
import type { EventField, EventModel } from "../../schema/model/event.ts";

/**
 * Gives a record ready to be written as JSON: values at their raw paths, times as ISO-8601 text, decimals as text, enum
 * values as the source writes them, and what the source's records of this kind have in common (`match`).
 */
export function rawFromInput(event: EventModel, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const { path, equals } of event.match) setAt(record, path, equals);
  for (const field of event.fields) {
    const value = input[field.name];
    if (value !== undefined && value !== null) setAt(record, field.path, rawValue(field, value));
  }
  return record;
}

function rawValue(field: EventField, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => rawValue(field, item));
  if (field.type.kind === "dateTime" && typeof value === "number") return new Date(value).toISOString();
  if (typeof value === "bigint") return value.toString();
  return typeof value === "string" ? unmapped(field, value) : value;
}

/** The raw text that is mapped to a value. */
function unmapped({ map }: EventField, value: string): string {
  return Object.entries(map ?? {}).find(([, to]) => to === value)?.[0] ?? value;
}

function setAt(record: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const last = path.at(-1);
  if (last === undefined) return;
  let at = record;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    const inner: Record<string, unknown> = isRecord(next) ? next : {};
    at[step] = inner;
    at = inner;
  }
  at[last] = value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
