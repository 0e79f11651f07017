/** What every EventLog keeps, as claims; each adapter is bound to them in an `event-log.<adapter>.test.ts`. */
import { describe, expect, it } from "@jest/globals";
import { parsePartitionKey } from "../../schema/cursor.ts";
import type {
  AppendRecord,
  AppendResult,
  EventLog,
  LogChunk,
  LogPosition,
  LogRecord,
  RecordOrigin,
} from "../../stores/ports/event-log.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { consumerGroupContract } from "./consumer-group.contract.ts";

export interface EventLogAdapter {
  readonly name: string;
  /** Opens a log that keeps what it has, if it keeps anything, in this folder. */
  readonly open: (folder: string) => Promise<EventLog>;
}

export const origin: RecordOrigin = { format: "json", producer: "test" };

/** One record a value; the key is what stands before the first `:`. */
export function recordsOf(...values: readonly string[]): readonly AppendRecord[] {
  return values.map((value, at) => ({
    key: value.includes(":") ? value.slice(0, value.indexOf(":")) : null,
    value: Buffer.from(value),
    sequence: at + 1,
  }));
}

export function textOf(record: LogRecord): string {
  return Buffer.from(record.value).toString();
}

/** With its records as an array. */
function listed({ records, next }: LogChunk): object {
  return { records: [...records], next };
}

/** All that a partition, named `topic/partition`, holds from `from` on. */
export async function readAll(log: EventLog, key: string, from = 0): Promise<LogRecord[]> {
  const { topic, partition } = parsePartitionKey(key);
  const found: LogRecord[] = [];
  for (let at = from; ;) {
    const { records, next } = await log.read(topic, partition, at);
    found.push(...records);
    if (next === at) return found;
    at = next;
  }
}

export function positionsOf(result: AppendResult): readonly LogPosition[] {
  if (result.kind !== "appended") throw new Error("the append was refused");
  return result.positions;
}

async function appendTexts(
  log: EventLog,
  topic: string,
  ...values: readonly string[]
): Promise<readonly LogPosition[]> {
  return positionsOf(await log.append(topic, { origin, records: recordsOf(...values), time: 1000 }));
}

export function eventLogContract(adapter: EventLogAdapter): void {
  const withLog = async (test: (log: EventLog) => Promise<void>): Promise<void> => {
    await using folder = await openTemporaryFolder();
    await using log = await adapter.open(folder.path);
    await test(log);
  };

  describe(`${adapter.name}: topics`, () => {
    it("creates a topic once, and keeps its id and partition count", () =>
      withLog(async (log) => {
        const first = await log.createTopic("events", { partitions: 4 });
        expect(first).toMatchObject({ topic: "events", partitions: 4 });
        expect(await log.createTopic("events", { partitions: 7 })).toEqual(first);
        expect((await log.createTopic("others", { partitions: 1 })).id).not.toBe(first.id);
      }));

    it("starts empty", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 2 });
        expect(await log.ranges("events")).toEqual([
          { partition: 0, start: 0, end: 0 },
          { partition: 1, start: 0, end: 0 },
        ]);
        expect(listed(await log.read("events", 1, 0))).toEqual({ records: [], next: 0 });
      }));

    it("refuses a topic that was never created", () =>
      withLog(async (log) => {
        await expect(log.append("nowhere", { origin, records: [], time: 0 })).rejects.toThrow("nowhere");
        await expect(log.read("nowhere", 0, 0)).rejects.toThrow("nowhere");
      }));
  });

  describe.each([1, 4])(`${adapter.name}: appends, %i partition(s)`, (partitions) => {
    it("gives back every byte, with time, sequence and origin", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions });
        const csv: RecordOrigin = { format: "csv", columns: ["a", "b"], producer: "file:f00", file: "/data/ä.csv" };
        const values = [Buffer.alloc(0), Buffer.from([0, 255, 10, 13]), Buffer.from("naïve ☂")];
        const sequences = [7, null, 2 ** 40];
        const records = values.map((value, at) => ({ key: "one", value, sequence: sequences[at] ?? null }));
        const positions = positionsOf(await log.append("events", { origin: csv, records, time: 1_511_544_070_000 }));
        const read = await readAll(log, `events/${positions[0]?.partition ?? -1}`);
        expect(read.map(({ offset, time, sequence, origin: from }) => ({ offset, time, sequence, from }))).toEqual(
          sequences.map((sequence, offset) => ({ offset, time: 1_511_544_070_000, sequence, from: csv })),
        );
        expect(read.map(({ value }) => [...value])).toEqual(values.map((value) => [...value]));
      }));

    it("keeps the order of each key, within an append and across appends in flight", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions });
        const batches = Array.from({ length: 12 }, (_, batch) =>
          Array.from({ length: 40 }, (_, at) => `key-${(batch * at) % 9}:${batch * 40 + at}`),
        );
        await Promise.all(batches.map((values) => appendTexts(log, "events", ...values)));
        const seen = new Map<string, number[]>();
        const homes = new Map<string, Set<number>>();
        for (let partition = 0; partition < partitions; partition++) {
          for (const record of await readAll(log, `events/${partition}`)) {
            const [key = "", number] = textOf(record).split(":");
            seen.set(key, [...(seen.get(key) ?? []), Number(number)]);
            homes.set(key, (homes.get(key) ?? new Set()).add(partition));
          }
        }
        expect([...seen.values()].flat()).toHaveLength(480);
        for (const numbers of seen.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        for (const home of homes.values()) expect(home.size).toBe(1);
      }));

    it("tells where each record stands, in the order of the batch", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions });
        const values = Array.from({ length: 50 }, (_, at) => `key-${at}:${at}`);
        const positions = await appendTexts(log, "events", ...values);
        for (const [at, { partition, offset }] of positions.entries()) {
          const { records } = await log.read("events", partition, offset, { maxRecords: 1 });
          expect(Array.from(records, textOf)).toEqual([values[at]]);
        }
      }));

    it("keeps an append larger than any chunk whole", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions });
        const sizes = [3_000_000, 10, 1_200_000, 0, 700_000, 700_000, 5];
        const records = sizes.map((size, at) => ({ key: "one", value: Buffer.alloc(size, at), sequence: null }));
        const [first] = positionsOf(await log.append("events", { origin, records, time: 0 }));
        const read = await readAll(log, `events/${first?.partition ?? -1}`);
        expect(read.map(({ value }) => value.length)).toEqual(sizes);
        expect(read.every(({ value }, at) => value.every((byte) => byte === at))).toBe(true);
      }));
  });

  describe(`${adapter.name}: placing`, () => {
    it("places keys, and values without a key, as every version before did", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 4 });
        const positions = await appendTexts(log, "events", "1:a", "42:b", "alice:c", "ä:d", "no key", "");
        expect(positions.map(({ partition }) => partition)).toEqual(placedBefore);
      }));
  });

  describe(`${adapter.name}: producers`, () => {
    const appendAs = (log: EventLog, value: string, expectedVersion: number): Promise<AppendResult> =>
      log.append("events", {
        origin,
        records: recordsOf(value),
        time: 0,
        producer: { name: "file:1", expectedVersion, state: value },
      });

    it("appends and moves the producer together, or does neither", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        expect((await appendAs(log, "one", 0)).kind).toBe("appended");
        expect((await appendAs(log, "again", 0)).kind).toBe("producer-moved");
        expect((await appendAs(log, "two", 1)).kind).toBe("appended");
        expect((await appendAs(log, "early", 5)).kind).toBe("producer-moved");
        expect((await readAll(log, "events/0")).map(textOf)).toEqual(["one", "two"]);
        expect(await log.producers("file:")).toEqual([{ name: "file:1", version: 2, state: "two" }]);
      }));

    it("lets exactly one of two racing appends win", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        for (let version = 0; version < 20; version++) {
          const racers = [`a${version}`, `b${version}`];
          const results = await Promise.all(racers.map((value) => appendAs(log, value, version)));
          expect(results.map(({ kind }) => kind).sort()).toEqual(["appended", "producer-moved"]);
        }
        const values = (await readAll(log, "events/0")).map(textOf);
        expect(values).toHaveLength(20);
        expect(await log.producers("file:1")).toEqual([{ name: "file:1", version: 20, state: values[19] }]);
      }));

    it("lets appends in flight build on each other's version", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        const results = await Promise.all(Array.from({ length: 30 }, (_, at) => appendAs(log, `v${at}`, at)));
        expect(results.every(({ kind }) => kind === "appended")).toBe(true);
        expect((await readAll(log, "events/0")).map(textOf)).toEqual(results.map((_, at) => `v${at}`));
      }));

    it("moves a producer without records", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        const producer = { name: "file:2", expectedVersion: 0, state: "end" };
        const result = await log.append("events", { origin, records: [], time: 0, producer });
        expect(result).toEqual({ kind: "appended", positions: [] });
        expect(await log.producers("")).toEqual([{ name: "file:2", version: 1, state: "end" }]);
      }));

    it("lists by prefix, in name order, and outlives a trim", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        for (const name of ["b", "file:é", "file:10", "file:2", "http", "file"]) {
          const producer = { name, expectedVersion: 0, state: "" };
          await log.append("events", { origin, records: recordsOf(name), time: 0, producer });
        }
        await log.trim("events", 0, 6);
        const names = (await log.producers("file:")).map(({ name }) => name);
        expect(names).toEqual(["file:10", "file:2", "file:é"]);
      }));
  });

  describe(`${adapter.name}: reads`, () => {
    it("stops at maxRecords, and goes on where it stopped, also inside an append", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        const values = Array.from({ length: 25 }, (_, at) => `v${at}`);
        await appendTexts(log, "events", ...values.slice(0, 10));
        await appendTexts(log, "events", ...values.slice(10));
        const found: string[] = [];
        for (let from = 0; from < 25;) {
          const { records, next } = await log.read("events", 0, from, { maxRecords: 4 });
          expect(records.length).toBe(Math.min(4, 25 - from));
          expect(next).toBe(from + records.length);
          found.push(...Array.from(records, textOf));
          from = next;
        }
        expect(found).toEqual(values);
        expect(Array.from((await log.read("events", 0, 13, { maxRecords: 1 })).records, textOf)).toEqual(["v13"]);
        expect(Array.from((await log.read("events", 0, 2, { maxRecords: 1 })).records, textOf)).toEqual(["v2"]);
      }));

    it("stops after the record that passes maxBytes, and always gives one", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        await appendTexts(log, "events", "x".repeat(100), "y".repeat(100), "z".repeat(100));
        const lengths = async (maxBytes: number): Promise<number> =>
          (await log.read("events", 0, 0, { maxBytes })).records.length;
        expect(await lengths(1)).toBe(1);
        expect(await lengths(150)).toBe(2);
        expect(await lengths(1000)).toBe(3);
      }));

    it("wakes a waiting reader on an append", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        const waiting = log.read("events", 0, 0, { waitMs: 25_000 });
        await appendTexts(log, "events", "here");
        expect(Array.from((await waiting).records, textOf)).toEqual(["here"]);
      }));

    it("ends a wait with nothing when the time is over, the signal aborts, or the log closes", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        const nothing = { records: [], next: 0 };
        expect(listed(await log.read("events", 0, 0, { waitMs: 5 }))).toEqual(nothing);
        const stop = new AbortController();
        const stopped = log.read("events", 0, 0, { waitMs: 25_000, signal: stop.signal });
        stop.abort();
        expect(listed(await stopped)).toEqual(nothing);
        const closed = log.read("events", 0, 0, { waitMs: 25_000 });
        await log[Symbol.asyncDispose]();
        expect(listed(await closed)).toEqual(nothing);
      }));
  });

  describe(`${adapter.name}: retention`, () => {
    it("forgets below a trim and nothing above it, and says where it starts now", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        for (let batch = 0; batch < 10; batch++) {
          await appendTexts(log, "events", ...Array.from({ length: 10 }, (_, at) => `v${batch * 10 + at}`));
        }
        await log.trim("events", 0, 47);
        const [range] = await log.ranges("events");
        expect(range?.end).toBe(100);
        const start = range?.start ?? -1;
        // An adapter may forget in steps, but never above what was asked for.
        expect(start).toBeGreaterThan(0);
        expect(start).toBeLessThanOrEqual(47);
        expect((await readAll(log, "events/0", start)).map(textOf)).toEqual(
          Array.from({ length: 100 - start }, (_, at) => `v${start + at}`),
        );
        await log.trim("events", 0, 47);
        await log.trim("events", 0, 3);
        expect(await log.ranges("events")).toEqual([{ partition: 0, start, end: 100 }]);
      }));

    it("refuses to read below the start and above the end", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        await appendTexts(log, "events", "a", "b");
        await log.trim("events", 0, 2);
        await expect(log.read("events", 0, 1)).rejects.toMatchObject({ code: "LOG_GAP" });
        await expect(log.read("events", 0, 3)).rejects.toMatchObject({ code: "LOG_GAP" });
      }));

    it("goes on at the old end after everything was forgotten", () =>
      withLog(async (log) => {
        await log.createTopic("events", { partitions: 1 });
        await appendTexts(log, "events", "a", "b");
        await log.trim("events", 0, 1000);
        expect(await log.ranges("events")).toEqual([{ partition: 0, start: 2, end: 2 }]);
        expect(await appendTexts(log, "events", "c")).toEqual([{ partition: 0, offset: 2 }]);
        expect((await readAll(log, "events/0", 2)).map(textOf)).toEqual(["c"]);
      }));
  });

  consumerGroupContract(adapter);
}

/** Partitions of the keys 1, 42, alice and ä, and of the values "no key" and "", of 4: FNV-1a. */
const placedBefore = [0, 3, 3, 2, 1, 1];
