/** What breaks under the embedded log is told, never hidden: torn bytes, other formats, folders that cannot be used. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openEmbeddedChangeFeed } from "../../../stores/embedded/change-feed.ts";
import { openEnvironment } from "../../../stores/embedded/environment.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import type { EventLog } from "../../../stores/ports/event-log.ts";
import { LogCorruptError } from "../../../stores/ports/log-corrupt-error.ts";
import { startProcess } from "../../support/start-program.ts";
import { openTemporaryFolder } from "../../support/temporary-folder.ts";

/** Five appends of ten records of 500 bytes, with a mark in each: offsets 0 to 49. */
async function fill(path: string): Promise<void> {
  await using log = await openEmbeddedEventLog({ path });
  await log.createTopic("events", { partitions: 1 });
  for (let batch = 0; batch < 5; batch++) {
    const records = Array.from({ length: 10 }, (_, at) => ({
      key: null,
      value: Buffer.from(`mark-${batch}-${at}-`.padEnd(500, "x")),
      sequence: null,
    }));
    await log.append("events", { origin: { format: "json", producer: "test" }, records, time: 0 });
  }
}

/** Flips one bit of the byte at the first `mark` in the data file. */
async function flip(path: string, mark: string): Promise<void> {
  const file = join(path, "data.mdb");
  const bytes = await readFile(file);
  const at = bytes.indexOf(mark);
  expect(at).toBeGreaterThan(0);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(file, bytes);
}

/** Reads as a worker does: on a torn stretch it notes what is lost and goes on behind it. */
async function readOver(log: EventLog, start = 0): Promise<{ readonly offsets: number[]; readonly lost: unknown[] }> {
  const [offsets, lost]: [number[], unknown[]] = [[], []];
  for (let from = start; ;) {
    try {
      const { records, next } = await log.read("events", 0, from, { maxRecords: 7 });
      if (next === from) return { offsets, lost };
      offsets.push(...Array.from(records, ({ offset }) => offset));
      from = next;
    } catch (error) {
      if (!(error instanceof LogCorruptError)) throw error;
      lost.push(error.lost);
      from = error.lost.next;
    }
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

describe("a torn embedded log", () => {
  it("names topic, partition and lost range, and reads on behind it", async () => {
    await using folder = await openTemporaryFolder();
    await fill(folder.path);
    await flip(folder.path, "mark-2-4-");
    await using log = await openEmbeddedEventLog({ path: folder.path });
    await expect(log.read("events", 0, 20)).rejects.toMatchObject({
      code: "LOG_CORRUPT",
      message: "Topic events, partition 0: offsets 20 to 29 failed their checksum.",
      lost: { topic: "events", partition: 0, from: 20, next: 30 },
    });
    expect(await readOver(log)).toEqual({
      offsets: [...range(0, 20), ...range(30, 50)],
      lost: [{ topic: "events", partition: 0, from: 20, next: 30 }],
    });
  });

  it("finds the loss at the first and at the last chunk, and takes appends behind it", async () => {
    await using folder = await openTemporaryFolder();
    await fill(folder.path);
    await flip(folder.path, "mark-0-0-");
    await flip(folder.path, "mark-4-9-");
    await using log = await openEmbeddedEventLog({ path: folder.path });
    const record = { key: null, value: Buffer.from("new"), sequence: null };
    await log.append("events", { origin: { format: "json", producer: "test" }, records: [record], time: 0 });
    const { offsets, lost } = await readOver(log);
    expect(offsets).toEqual([...range(10, 40), 50]);
    expect(lost).toMatchObject([
      { from: 0, next: 10 },
      { from: 40, next: 50 },
    ]);
  });

  it("can be trimmed past the loss", async () => {
    await using folder = await openTemporaryFolder();
    await fill(folder.path);
    await flip(folder.path, "mark-1-3-");
    await using log = await openEmbeddedEventLog({ path: folder.path });
    await log.trim("events", 0, 20);
    expect(await log.ranges("events")).toEqual([{ partition: 0, start: 20, end: 50 }]);
    expect((await log.read("events", 0, 20)).records).toHaveLength(30);
  });

  it("refuses its own records when they are torn", async () => {
    await using folder = await openTemporaryFolder();
    await fill(folder.path);
    const file = join(folder.path, "data.mdb");
    const text = (await readFile(file)).toString("latin1").replaceAll(/("start":0,"end":)50/g, "$195");
    await writeFile(file, Buffer.from(text, "latin1"));
    await using log = await openEmbeddedEventLog({ path: folder.path });
    await expect(log.ranges("events")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("an embedded log without space", () => {
  it("refuses appends, keeps what it has, and goes on when there is space again", async () => {
    await using folder = await openTemporaryFolder();
    await using child = await startProcess("append-until-full", [folder.path], { maxFileKiB: 2048 });
    const lines: string[] = [];
    for await (const line of child.lines) lines.push(line);
    const [appended, refusal, heldWhenFull, afterTrim] = lines;
    expect(Number(appended)).toBeGreaterThan(0);
    expect(refusal).toBe("STORE_UNAVAILABLE");
    expect(heldWhenFull).toBe(appended);
    expect(afterTrim).toBe("appended");
    await using log = await openEmbeddedEventLog({ path: folder.path });
    const [range] = await log.ranges("events");
    expect(range?.end).toBe(Number(appended) + 100);
    const { lost } = await readOver(log, range?.start);
    expect(lost).toEqual([]);
  });
});

describe("a torn embedded change feed", () => {
  it("refuses the torn batch", async () => {
    await using folder = await openTemporaryFolder();
    const keys = ["member:torn"];
    const entities = [{ entity: "Consumer", shapes: [[]], keys, shapeOf: [0] }];
    await (async () => {
      await using feed = await openEmbeddedChangeFeed({ path: folder.path });
      await feed.publish([{ topic: "events", partition: 0, from: 0, to: 5, entities }]);
    })();
    await flip(folder.path, "member:torn");
    await using feed = await openEmbeddedChangeFeed({ path: folder.path });
    const stop = new AbortController();
    const [reader] = [feed.subscribe({ after: { "events/0": 0 }, signal: stop.signal })[Symbol.asyncIterator]()];
    await expect(reader.next()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    stop.abort();
  });
});

describe("a folder of the embedded stores", () => {
  it("is refused when it holds something else, or another version", async () => {
    await using folder = await openTemporaryFolder();
    await (async () => {
      await using _ = await openEnvironment({ path: folder.path, format: { kind: "event log", version: 7 } });
    })();
    await expect(openEmbeddedEventLog({ path: folder.path })).rejects.toMatchObject({
      code: "STORE_FORMAT",
      message: expect.stringContaining("event log in format 7"),
    });
    await expect(openEmbeddedChangeFeed({ path: folder.path })).rejects.toMatchObject({ code: "STORE_FORMAT" });
  });

  it("is refused when it is not a folder", async () => {
    await using folder = await openTemporaryFolder();
    const path = join(folder.path, "file");
    await writeFile(path, "not a folder");
    await expect(openEmbeddedEventLog({ path })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("is opened by several at the same moment when it is fresh", async () => {
    await using folder = await openTemporaryFolder();
    const logs = await Promise.all([1, 2, 3].map(() => openEmbeddedEventLog({ path: folder.path })));
    const ids = await Promise.all(logs.map(async (log) => (await log.createTopic("events", { partitions: 1 })).id));
    expect(new Set(ids).size).toBe(1);
    await Promise.all(logs.map((log) => log[Symbol.asyncDispose]()));
  });
});
