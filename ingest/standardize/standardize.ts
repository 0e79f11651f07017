/** Standardise (ODS to DWD): a log record comes in; one standard event, or the reason why it is none, goes out. Pure. */
import { compileExpression } from "../../schema/expression/compile-expression.ts";
import type { EventModel, Rejection, StandardEvent } from "../../schema/model/event.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { StandardValue } from "../../schema/model/value.ts";
import type { LogRecord, RecordOrigin } from "../../stores/ports/event-log.ts";
import { fitsKey } from "./parse-value.ts";
import { readRawRecord, type RawRecord } from "./raw-record.ts";
import { isRejection } from "./rejection.ts";
import { compileField, type FieldStandardizer } from "./standardize-field.ts";

/** XXH64 of a text's UTF-8 bytes. */
export type TextHash = (text: string) => bigint;

export interface Standardizer {
  /** Standardises one record of a topic's partition. The same input gives the same answer, whenever it is asked. */
  standardize(topic: string, partition: number, record: LogRecord): StandardEvent | Rejection;
}

/** Compiles the standardiser of all declared events. */
export function createStandardizer(platform: PlatformModel, deps: { readonly hash: TextHash }): Standardizer {
  const byTopic = new Map<string, readonly EventModel[]>();
  for (const source of platform.sources) {
    byTopic.set(
      source.topic,
      platform.events.filter((event) => event.source === source.name),
    );
  }
  const compiled = new Map<string, CompiledEvent>();
  const compiledFor = (event: EventModel, origin: RecordOrigin): CompiledEvent => {
    const key = origin.format === "csv" ? `${event.name}\n${(origin.columns ?? []).join("\n")}` : event.name;
    const known = compiled.get(key) ?? compileEvent(event, origin.format === "csv" ? (origin.columns ?? []) : null);
    compiled.set(key, known);
    return known;
  };
  // Records of one append share their origin, so the last look-up is mostly the next one, too.
  let last: { origin: RecordOrigin; model: EventModel; event: CompiledEvent } | null = null;

  return {
    standardize(topic, partition, record) {
      const raw = readRawRecord(record);
      if (isRejection(raw)) return raw;
      const model = chooseEvent(byTopic.get(topic) ?? [], raw, record.origin);
      if (isRejection(model)) return model;
      if (last?.origin !== record.origin || last.model !== model) {
        last = { origin: record.origin, model, event: compiledFor(model, record.origin) };
      }
      return standardizeEvent(last.event, raw, { record, partition, hash: deps.hash });
    },
  };
}

interface CompiledEvent {
  readonly model: EventModel;
  readonly fields: readonly FieldStandardizer[];
  readonly assertions: readonly {
    readonly holds: (values: readonly StandardValue[]) => boolean;
    readonly rejection: Rejection;
  }[];
}

function compileEvent(model: EventModel, columns: readonly string[] | null): CompiledEvent {
  const identifies = new Set([model.idField, ...model.identifiers.map(({ field }) => field)]);
  return {
    model,
    fields: model.fields.map((field) => {
      const declared = field.index === model.idField ? { ...field, nullable: true } : field;
      const compiled = compileField(model.name, declared, columns);
      return identifies.has(field.index) ? boundForKeys(`${model.name}.${field.name}`, compiled) : compiled;
    }),
    assertions: model.assertions.map(({ rule, text, expression }) => ({
      holds: compileExpression(expression),
      rejection: { rule, reason: `The event does not satisfy: ${text}.` },
    })),
  };
}

/** What becomes part of a key (an event's id, an entity's identifier) is short, whatever its declared type. */
function boundForKeys(rule: string, compiled: FieldStandardizer): FieldStandardizer {
  return (raw) => {
    const value = compiled(raw);
    const unfit = typeof value === "string" ? fitsKey(value) : null;
    if (unfit === null) return value;
    return { rule: `${rule}:type`, reason: `${rule.slice(rule.indexOf(".") + 1)} ${unfit.reason}.` };
  };
}

interface Placed {
  readonly record: LogRecord;
  readonly partition: number;
  readonly hash: TextHash;
}

function standardizeEvent(event: CompiledEvent, raw: RawRecord, placed: Placed): StandardEvent | Rejection {
  const { model, fields, assertions } = event;
  const { record } = placed;
  // Of its full length at once: one that grows takes room for more.
  const values = new Array<StandardValue>(fields.length).fill(null);
  for (let i = 0; i < fields.length; i++) {
    const value = fields[i]?.(raw) ?? null;
    if (typeof value === "object" && value !== null && isRejection(value)) return value;
    values[i] = value;
  }
  const time = values[model.timeField] as number;
  if (time > record.time + model.futureMs) {
    const reason = `${new Date(time).toISOString()} is more than ${String(model.futureMs / 1000)} s after it arrived.`;
    return { rule: `${model.name}:future`, reason };
  }
  for (const { holds, rejection } of assertions) if (!holds(values)) return rejection;
  let id: string | null = null;
  if (model.idField !== null) {
    id = values[model.idField] as string | null;
    values[model.idField] = null;
  }
  const text = JSON.stringify(values);
  id ??= derivedId(placed);
  if (model.idField !== null) values[model.idField] = id;
  const late = record.time - time > model.latenessMs;
  return { model, id, values, time, text, hash: placed.hash(text), offset: record.offset, late };
}

/** The id of a record that brings none: file and line, or where it stands in the log. */
function derivedId({ record, partition }: Placed): string {
  const { producer } = record.origin;
  if (record.sequence !== null) return `${producer.slice(producer.lastIndexOf(":") + 1)}-${String(record.sequence)}`;
  return `${String(partition)}-${String(record.offset)}`;
}

function chooseEvent(events: readonly EventModel[], raw: RawRecord, origin: RecordOrigin): EventModel | Rejection {
  for (const event of events)
    if (event.match.every((condition) => conditionHolds(condition, raw, origin))) return event;
  const reason =
    events.length === 0
      ? "No event is declared for this source."
      : `The record matches none of ${events.map(({ name }) => name).join(", ")}.`;
  return { rule: "no-event", reason };
}

function conditionHolds(condition: EventModel["match"][number], raw: RawRecord, origin: RecordOrigin): boolean {
  if (raw.kind === "csv")
    return raw.cells[(origin.columns ?? []).indexOf(condition.path.join("."))] === condition.equals;
  let value: unknown = raw.object;
  for (const segment of condition.path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return false;
    value = (value as Record<string, unknown>)[segment];
  }
  return (typeof value !== "object" || value === null) && String(value) === condition.equals;
}
