/** Sends generated records to the log, grouped by source, and counts what went where. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import type { PlatformModel } from "../../schema/model/platform.ts";
import type { AppendResult, EventLog, ProducerUpdate } from "../../stores/ports/event-log.ts";
import { createRecordKey, keyless, type RecordKey } from "../sources/record-key.ts";
import type { GeneratedRecord } from "./generated-record.ts";

export interface RecordAppenderDeps {
  readonly log: EventLog;
  readonly platform: PlatformModel;
  /** UTC epoch milliseconds. */
  readonly clock: () => number;
}

interface Destination {
  readonly topic: string;
  readonly keyOf: RecordKey;
}

export class RecordAppender {
  readonly #deps: RecordAppenderDeps;
  readonly #producer: string;
  readonly #destinations = new Map<string, Destination>();
  readonly #ends: Record<string, number> = {};
  readonly bySource: Record<string, number> = {};

  constructor(deps: RecordAppenderDeps, producer: string) {
    this.#deps = deps;
    this.#producer = producer;
  }

  get appended(): number {
    return Object.values(this.bySource).reduce((sum, count) => sum + count, 0);
  }

  /** Includes all that was appended. */
  get cursor(): CursorVector {
    return this.#ends;
  }

  /** Sources side by side; within a source, order is kept. */
  async append(records: readonly GeneratedRecord[]): Promise<void> {
    const bySource = new Map<string, GeneratedRecord[]>();
    for (const record of records) {
      const part = bySource.get(record.source);
      if (part === undefined) bySource.set(record.source, [record]);
      else part.push(record);
    }
    await Promise.all([...bySource].map(([source, part]) => this.appendTo(source, part)));
  }

  /** Records of one source, with a state to be kept beside them. */
  async appendTo(source: string, records: readonly GeneratedRecord[], state?: ProducerUpdate): Promise<AppendResult> {
    const { topic, keyOf } = await this.#destination(source);
    const origin = { format: "json" as const, producer: this.#producer };
    const values = records.map(({ raw }) => Buffer.from(raw));
    const result = await this.#deps.log.append(topic, {
      origin,
      records: values.map((value) => ({ key: keyOf(value, origin), value, sequence: null })),
      time: this.#deps.clock(),
      ...(state === undefined ? {} : { producer: state }),
    });
    if (result.kind === "appended") {
      this.bySource[source] = (this.bySource[source] ?? 0) + records.length;
      for (const { partition, offset } of result.positions) {
        const key = partitionKey(topic, partition);
        this.#ends[key] = Math.max(this.#ends[key] ?? 0, offset + 1);
      }
    }
    return result;
  }

  async #destination(name: string): Promise<Destination> {
    const known = this.#destinations.get(name);
    if (known !== undefined) return known;
    const { log, platform } = this.#deps;
    const source = platform.sources.find((each) => each.name === name);
    if (source === undefined) throw new RangeError(`There is no source ${name}.`);
    const topic = await log.createTopic(source.topic, { partitions: 1 });
    const destination = {
      topic: source.topic,
      keyOf: topic.partitions > 1 ? createRecordKey(platform, source) : keyless,
    };
    this.#destinations.set(name, destination);
    return destination;
  }
}
