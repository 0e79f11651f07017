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

/** Writes the rejected records of one partition, each once: whoever rejects it again, after a crash or in a rebuild. */
export class QuarantineWriter {
  readonly #log: EventLog;
  readonly #at: { readonly source: SourceModel; readonly partition: number };
  readonly #name: string;
  /** Offsets that the quarantine held when its producer had this version. */
  #listed: { readonly version: number; readonly offsets: ReadonlySet<number> } = { version: 0, offsets: new Set() };

  constructor(log: EventLog, at: { readonly source: SourceModel; readonly partition: number }) {
    this.#log = log;
    this.#at = at;
    this.#name = `${producerPrefix(at.source)}${String(at.partition)}`;
  }

  /** `rejected` ascends by offset; `time` is that of the append. Resolves when they are durable. */
  async write(rejected: readonly RejectedRecord[], time: number): Promise<void> {
    for (let start = 0; start < rejected.length; start += BATCH) {
      await this.#writeBatch(rejected.slice(start, start + BATCH), time);
    }
  }

  /** Compared and set on the producer's version, so that two generations never list one record twice. */
  async #writeBatch(batch: readonly RejectedRecord[], time: number): Promise<void> {
    for (;;) {
      const known = (await this.#log.producers(this.#name)).find(({ name }) => name === this.#name);
      const version = known?.version ?? 0;
      const { reached, count } = known === undefined ? NOTHING : readState(known.state);
      if (version !== this.#listed.version && batch.some(({ record }) => record.offset <= reached)) {
        this.#listed = { version, offsets: await this.#readOffsets() };
      }
      const { offsets } = this.#listed;
      const fresh = batch.filter(({ record }) => record.offset > reached || !offsets.has(record.offset));
      const last = fresh.at(-1);
      if (last === undefined) return;
      const state = writeState({ reached: Math.max(reached, last.record.offset), count: count + fresh.length });
      const result = await this.#log.append(this.#at.source.quarantineTopic, {
        origin: { format: "json", producer: "quarantine" },
        time,
        records: fresh.map((entry) => quarantineRecord(this.#at, entry)),
        producer: { name: this.#name, expectedVersion: version, state },
      });
      if (result.kind === "appended") return;
    }
  }

  /** All of this partition: needed only where a record is judged again. */
  async #readOffsets(): Promise<ReadonlySet<number>> {
    const offsets = new Set<number>();
    for await (const { partition, offset } of readQuarantine(this.#log, [this.#at.source])) {
      if (partition === this.#at.partition) offsets.add(offset);
    }
    return offsets;
  }
}

/** What the quarantine of one partition keeps beside its records. */
interface QuarantineState {
  /** The highest offset that was rejected. */
  readonly reached: number;
  /** Records that it holds. */
  readonly count: number;
}

const NOTHING: QuarantineState = { reached: -1, count: 0 };

function writeState({ reached, count }: QuarantineState): string {
  return `${String(reached)} ${String(count)}`;
}

function readState(state: string): QuarantineState {
  const [reached, count] = state.split(" ");
  return { reached: Number(reached), count: Number(count) };
}

function producerPrefix({ topic }: SourceModel): string {
  return `quarantine:${topic}/`;
}

/** How many records of a source the quarantine holds. Offsets would not tell: a log may leave gaps. */
export async function countQuarantined(log: Pick<EventLog, "producers">, source: SourceModel): Promise<number> {
  const states = await log.producers(producerPrefix(source));
  return states.reduce((sum, { state }) => sum + readState(state).count, 0);
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
