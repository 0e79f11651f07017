/** The quarantine: rejected records whole, with reason, rule, source and place, in a topic of their own. */
import type { Rejection } from "../../schema/model/event.ts";
import type { SourceModel } from "../../schema/model/source.ts";
import type { AppendRecord, EventLog, LogRecord } from "../../stores/ports/event-log.ts";

/** One rejected record as it is listed. */
export interface QuarantineItem {
  /** `<source>:<partition>:<offset>` of the record in the log. */
  readonly id: string;
  readonly source: string;
  /** The file's path as it was given; null when it did not come from a file. */
  readonly file: string | null;
  /** 1-based; null when it did not come from a file. */
  readonly line: number | null;
  readonly partition: number;
  readonly offset: number;
  readonly rule: string;
  readonly reason: string;
  /** When the record arrived, ISO-8601. */
  readonly time: string;
  readonly producer: string;
  readonly format: "json" | "csv";
  readonly bytes: number;
}

/** An item with the record itself. */
export interface QuarantineEntry extends QuarantineItem {
  /** The record's bytes, base64. */
  readonly raw: string;
}

export interface RejectedRecord {
  readonly record: LogRecord;
  readonly rejection: Rejection;
}

/** Records are kept this many an append, so that large ones do not add up. */
const BATCH = 200;

/**
 * Writes rejected records of one partition, in offset order. What was written before (a re-read after a crash, or by
 * another generation) is known by its offset and not written again.
 */
export async function writeQuarantine(
  log: EventLog,
  at: { readonly source: SourceModel; readonly partition: number; readonly time: number },
  rejected: readonly RejectedRecord[],
): Promise<void> {
  const name = `quarantine:${at.source.topic}/${String(at.partition)}`;
  for (let start = 0; start < rejected.length; start += BATCH) {
    const batch = rejected.slice(start, start + BATCH);
    for (;;) {
      const known = (await log.producers(name)).find((producer) => producer.name === name);
      const reached = known === undefined ? -1 : Number(known.state);
      const fresh = batch.filter(({ record }) => record.offset > reached);
      const last = fresh.at(-1);
      if (last === undefined) break;
      const result = await log.append(at.source.quarantineTopic, {
        origin: { format: "json", producer: "quarantine" },
        time: at.time,
        records: fresh.map((entry) => quarantineRecord(at, entry)),
        producer: { name, expectedVersion: known?.version ?? 0, state: String(last.record.offset) },
      });
      if (result.kind === "appended") break;
    }
  }
}

function quarantineRecord(
  at: { readonly source: SourceModel; readonly partition: number },
  { record, rejection }: RejectedRecord,
): AppendRecord {
  const { origin, value } = record;
  const fromFile = origin.file !== undefined;
  const entry: QuarantineEntry = {
    id: `${at.source.name}:${String(at.partition)}:${String(record.offset)}`,
    source: at.source.name,
    file: origin.file ?? null,
    line: fromFile ? record.sequence : null,
    partition: at.partition,
    offset: record.offset,
    rule: rejection.rule,
    reason: rejection.reason,
    time: new Date(record.time).toISOString(),
    producer: origin.producer,
    format: origin.format,
    bytes: value.byteLength,
    raw: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
  };
  return { key: entry.id, value: Buffer.from(JSON.stringify(entry)), sequence: null };
}

/** Reads the quarantine of some sources, oldest first within a partition. */
export async function* readQuarantine(log: EventLog, sources: readonly SourceModel[]): AsyncIterable<QuarantineEntry> {
  for (const source of sources) {
    for (const range of await log.ranges(source.quarantineTopic)) {
      for (let from = range.start; from < range.end;) {
        const chunk = await log.read(source.quarantineTopic, range.partition, from);
        for (const { value } of chunk.records) yield JSON.parse(Buffer.from(value).toString("utf8")) as QuarantineEntry;
        if (chunk.next === from) break;
        from = chunk.next;
      }
    }
  }
}
