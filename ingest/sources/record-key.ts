/** Finds the key of a raw record before it is standardised: what decides its partition. */
import type { EventModel } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { SourceModel } from "../../schema/model/source.ts";
import type { RecordOrigin } from "../../stores/ports/event-log.ts";
import { readRawRecord, type RawRecord } from "../standardize/raw-record.ts";
import { isRejection } from "../standardize/rejection.ts";
import { compileField, type FieldStandardizer } from "../standardize/standardize-field.ts";

/** The key of a record's event, standardised as the event's own field is; null where it has none that is good. */
export type RecordKey = (value: Uint8Array, origin: RecordOrigin) => string | null;

/** For topics with one partition, where no key is looked at. */
export const keyless: RecordKey = () => null;

/**
 * Compiles the key finder of one source. Spellings that standardise to one value give one key, so that duplicates of an
 * event meet in one partition.
 */
export function createRecordKey(platform: PlatformModel, source: SourceModel): RecordKey {
  const events = platform.events.filter((event) => event.source === source.name);
  const compiled = new Map<string, FieldStandardizer>();
  const keyOf = (event: EventModel, columns: readonly string[] | null): FieldStandardizer | null => {
    const name = columns === null ? event.name : [event.name, ...columns].join("\n");
    const field = event.fields[event.keyField];
    if (field === undefined) return null;
    const known = compiled.get(name) ?? compileField(event.name, field, columns);
    compiled.set(name, known);
    return known;
  };
  return (value, origin) => {
    const raw = readRawRecord({ offset: 0, time: 0, sequence: null, value, origin });
    if (isRejection(raw)) return null;
    const columns = origin.format === "csv" ? (origin.columns ?? []) : null;
    const event = events.find(({ match }) => match.every(({ path, equals }) => rawText(raw, path, columns) === equals));
    const key = event === undefined ? null : keyOf(event, columns)?.(raw);
    return typeof key === "string" || typeof key === "number" ? String(key) : null;
  };
}

function rawText(raw: RawRecord, path: readonly string[], columns: readonly string[] | null): string | undefined {
  if (raw.kind === "csv") return raw.cells[(columns ?? []).indexOf(path.join("."))];
  let value: unknown = raw.object;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return typeof value === "object" && value !== null ? undefined : String(value);
}
