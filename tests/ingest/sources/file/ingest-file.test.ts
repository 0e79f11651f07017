/** The file source: each record of a file once, for ever, under whatever name and however it grew. */
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import type { EventLog } from "../../../../stores/ports/event-log.ts";
import { eventId, csvSource, headedSource, jsonSource, openFileBench } from "./file-bench.ts";

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${from + i},v${from + i}\n`).join("");

describe("a file", () => {
  it("is taken in once, record by record, as it came", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", "1,x\r\n\n2,\xff\n3,z\n");
    expect(await bench.ingest(file)).toMatchObject({ read: 3, appended: 3, skipped: 0, note: null });
    expect((await bench.records()).map((r) => [Buffer.from(r.value).toString(), r.sequence])).toEqual([
      ["1,x", 1],
      ["2,\xff", 3],
      ["3,z", 4],
    ]);
    const [first] = await bench.records();
    expect(first?.origin).toMatchObject({ format: "csv", columns: ["a", "b"], file });
    expect(first?.origin.producer).toMatch(/^file:lines:[0-9a-f]{16}$/);
  });

  it("names in its cursor all that was appended", async () => {
    await using bench = await openFileBench();
    const { cursor } = await bench.ingest(await bench.write("a.csv", lines(0, 5_000)));
    expect(cursor).toEqual({ [`${csvSource.topic}/0`]: 5_000 });
  });

  it("changes nothing the second time, renamed or copied or packed", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", lines(0, 5_000));
    await bench.ingest(file);
    await copyFile(file, bench.path("copy.csv"));
    const packed = await bench.write("packed.csv.gz", lines(0, 5_000), { gzip: true });
    await rename(file, bench.path("renamed"));
    for (const path of [bench.path("renamed"), bench.path("copy.csv"), packed]) {
      expect(await bench.ingest(path)).toMatchObject({ read: 5_000, appended: 0, skipped: 5_000, cursor: {} });
    }
    expect(await bench.values()).toHaveLength(5_000);
  });

  it("continues where it grew, under the same id", async () => {
    await using bench = await openFileBench();
    const first = await bench.ingest(await bench.write("a.csv", lines(0, 3)));
    const second = await bench.ingest(await bench.write("b.csv", lines(0, 5)));
    expect(second).toMatchObject({ read: 5, appended: 2, skipped: 3, producer: first.producer });
    expect((await bench.records()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it("gives its last line again, with its number, when that line was not complete", async () => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", "1,x\n2,y"));
    expect(await bench.ingest(await bench.write("a.csv", "1,x\n2,yes\n3,z"))).toMatchObject({
      read: 3,
      appended: 2,
      skipped: 1,
    });
    expect(await bench.values()).toEqual(["1,x", "2,y", "2,yes", "3,z"]);
    expect((await bench.records()).map(({ sequence }) => sequence)).toEqual([1, 2, 2, 3]);
  });

  it.each(["\n", "\r\n", "\n\n\n"])("does not give it again when only %j was missing", async (end) => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", "1,x\n2,y"));
    expect(await bench.ingest(await bench.write("a.csv", `1,x\n2,y${end}`))).toMatchObject({ read: 2, appended: 0 });
    expect(await bench.ingest(await bench.write("a.csv", `1,x\n2,y${end}3,z`))).toMatchObject({ read: 3, appended: 1 });
    expect(await bench.values()).toEqual(["1,x", "2,y", "3,z"]);
  });

  it("holds back what an open quote at its end may still take in, until it has grown or is said to be complete", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", '1,a\n2,"b\nc');
    expect(await bench.ingest(file)).toMatchObject({ read: 1, appended: 1, note: expect.stringContaining("line 2") });
    expect(await bench.ingest(file)).toMatchObject({ read: 1, appended: 0 });
    expect(await bench.ingest(await bench.write("a.csv", '1,a\n2,"b\nc"\n3,d\n"'))).toMatchObject({
      read: 4,
      note: null,
    });
    expect(await bench.values()).toEqual(["1,a", '2,"b\nc"', "3,d", '"']);

    const stray = await bench.write("b.csv", '5,e\n6,"f\n7,g\n');
    expect(await bench.ingest(stray)).toMatchObject({ read: 1 });
    expect(await bench.ingest(stray, { complete: true })).toMatchObject({ read: 3, appended: 2, note: null });
    expect(await bench.ingest(stray, { complete: true })).toMatchObject({ read: 3, appended: 0 });
    expect((await bench.values()).slice(4)).toEqual(["5,e", '6,"f', "7,g"]);
  });

  it("is nothing when it is empty", async () => {
    await using bench = await openFileBench();
    expect(await bench.ingest(await bench.write("a.csv", ""))).toMatchObject({ read: 0, appended: 0, bytes: 0 });
    expect(await bench.ingest(await bench.write("b.csv", "\n\n"))).toMatchObject({ read: 0, appended: 0 });
    expect(await bench.ingest(await bench.write("c.csv", "\ufeff"))).toMatchObject({ read: 0, appended: 0 });
  });

  it("may begin with a byte order mark", async () => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", "\ufeff1,x\n"));
    expect(await bench.values()).toEqual(["1,x"]);
  });

  it("is refused with a reason when it cannot be read", async () => {
    await using bench = await openFileBench();
    await mkdir(bench.path("folder"));
    const refused = (path: string) => bench.ingest(path).catch((error: unknown) => error);
    expect(await refused(bench.path("none.csv"))).toMatchObject({ code: "INPUT_INVALID", message: /no such file/ });
    expect(await refused(bench.path("folder"))).toMatchObject({ code: "INPUT_INVALID", message: /a directory/ });
    const packed = await bench.write("a.csv.gz", lines(0, 50_000), { gzip: true });
    const { readFile } = await import("node:fs/promises");
    const cut = await bench.write("cut.csv.gz", (await readFile(packed)).subarray(0, 50_000));
    expect(await refused(cut)).toMatchObject({ code: "INPUT_INVALID", message: /broken after [1-9]\d* bytes/ });
    expect(await bench.values()).toEqual([]);
  });

  it("keeps a 10 MB line whole, and of one beyond 32 MiB its head and its place", async () => {
    await using bench = await openFileBench();
    const [long, longer] = ["b".repeat(10_000_000), "c".repeat((32 << 20) + 1)];
    const file = await bench.write("a.csv", `1,x\n${long}\n${longer}\n4,z\n${longer}`);
    expect(await bench.ingest(file)).toMatchObject({ read: 5, appended: 5 });
    expect(await bench.ingest(file)).toMatchObject({ read: 5, appended: 0 });
    const [first, second, third, fourth, fifth] = await bench.values();
    expect([first, second?.length, fourth]).toEqual(["1,x", 10_000_000, "4,z"]);
    expect(second === long).toBe(true);
    const [where, head] = third?.split("\n") ?? [];
    expect(where).toBe(
      `onefold:too-large {"line":3,"firstByte":10000005,"bytes":${String(longer.length)},"headBytes":1048576}`,
    );
    expect(head === longer.slice(0, 1 << 20)).toBe(true);
    expect(fifth).toContain('onefold:too-large {"line":5,');
  });
});

describe("two files", () => {
  it("with equal first lines are two files, whose equal lines are two facts", async () => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", lines(0, 3_000) + "bad one\n"));
    expect(await bench.ingest(await bench.write("b.csv", lines(0, 3_000) + "bad\n"))).toMatchObject({
      appended: 3_001,
    });
    expect(await bench.ingest(await bench.write("c.csv", lines(0, 3_000) + "bad one and more"))).toMatchObject({
      appended: 3_001,
    });
    const ids = (await bench.records()).map(eventId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("of which one is the cut start of the other are one file, while the longer one is there", async () => {
    await using bench = await openFileBench();
    const whole = await bench.write("a.csv", lines(0, 3_000));
    await bench.ingest(whole);
    const cut = await bench.write("cut.csv", lines(0, 3_000).slice(0, 20_001));
    const result = await bench.ingest(cut);
    expect(result).toMatchObject({ appended: 0, note: /is the start of/ });
    expect(result.read).toBe(lines(0, 3_000).slice(0, 20_001).split("\n").length);
    await rm(whole);
    expect(await bench.ingest(cut)).toMatchObject({ skipped: 0, note: /can no longer be compared/ });
    expect(await bench.ingest(cut)).toMatchObject({ appended: 0, note: null });
  });

  it("that grew from one go on apart, each under its own id", async () => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", lines(0, 10)));
    const one = await bench.ingest(await bench.write("a.csv", lines(0, 20)));
    const other = await bench.ingest(await bench.write("b.csv", lines(0, 10) + lines(100, 105)));
    expect(other).toMatchObject({ read: 15, appended: 5, skipped: 10 });
    expect(other.producer).not.toBe(one.producer);
    expect(await bench.ingest(await bench.write("b.csv", lines(0, 10) + lines(100, 107)))).toMatchObject({
      appended: 2,
      producer: other.producer,
    });
    expect(await bench.ingest(await bench.write("a.csv", lines(0, 21)))).toMatchObject({ appended: 1 });
    const ids = (await bench.records()).map(eventId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(28);
  });
});

describe("the form of a file", () => {
  it("is CSV with a header where the source declares no columns", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", 'b, "a"\n1,x\n2,y\n');
    expect(await bench.ingest(file, { source: headedSource })).toMatchObject({ read: 2, appended: 2 });
    const [first] = await bench.records(headedSource);
    expect(first).toMatchObject({ sequence: 2, origin: { columns: ["b", "a"] } });
    const grown = await bench.write("a.csv", 'b, "a"\n1,x\n2,y\n3,z\n');
    expect(await bench.ingest(grown, { source: headedSource })).toMatchObject({ read: 3, appended: 1 });
    const double = await bench.write("b.csv", "a,a\n1,x\n");
    await expect(bench.ingest(double, { source: headedSource })).rejects.toThrow(/header line of .* cannot be used/);
  });

  it("has a header, in any order, also where columns are declared and the first line names them", async () => {
    await using bench = await openFileBench();
    await bench.ingest(await bench.write("a.csv", "b,a\n1,x\n"));
    await bench.ingest(await bench.write("b.csv", "b,q\n"));
    await bench.ingest(await bench.write("c.csv", "q,r\n5,6\n"), { header: true });
    await bench.ingest(await bench.write("d.csv", "a,b\n"), { header: false });
    const seen = (await bench.records()).map((r) => [Buffer.from(r.value).toString(), r.origin.columns?.join()]);
    expect(seen).toEqual([
      ["1,x", "b,a"],
      ["b,q", "a,b"],
      ["5,6", "q,r"],
      ["a,b", "a,b"],
    ]);
  });

  it("is JSON lines by name, flag, or what the source says", async () => {
    await using bench = await openFileBench();
    const content = '{"a":"one \\" \\n"}\n{"a":2}\n';
    await bench.ingest(await bench.write("a.dat", content), { source: jsonSource });
    await bench.ingest(await bench.write("b.jsonl.gz", content + "{}", { gzip: true }), { source: headedSource });
    await bench.ingest(await bench.write("c.csv", content), { format: "json" });
    for (const source of [jsonSource, headedSource, csvSource]) {
      const records = await bench.records(source);
      expect(records.map(({ origin }) => origin.format)).toContain("json");
      expect(Buffer.from(records[0]?.value ?? []).toString()).toBe('{"a":"one \\" \\n"}');
    }
  });
});

describe("two calls at once", () => {
  it("do the work once", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", lines(0, 20_000));
    const results = await Promise.all([1, 2, 3].map(() => bench.ingest(file, { maxBatchRecords: 500 })));
    expect(results.map(({ read }) => read)).toEqual([20_000, 20_000, 20_000]);
    expect(results.reduce((sum, { appended }) => sum + appended, 0)).toBe(20_000);
    const records = await bench.records();
    expect(new Set(records.map(eventId)).size).toBe(20_000);
    expect(records).toHaveLength(20_000);
  });
});

describe("progress", () => {
  it("ends at the whole file", async () => {
    await using bench = await openFileBench();
    const seen: unknown[] = [];
    const onProgress = (progress: unknown): void => void seen.push(progress);
    const file = await bench.write("a.csv.gz", lines(0, 50_000), { gzip: true });
    const { bytes } = await bench.ingest(file, { onProgress });
    expect(seen[0]).toMatchObject({ recordsRead: 0, totalBytes: null, note: "looking whether it is known" });
    expect(seen.at(-1)).toEqual({ recordsRead: 50_000, bytesRead: bytes, totalBytes: bytes });
  });

  it("stops when told to, and goes on later", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", lines(0, 100_000));
    const stop = new AbortController();
    const onProgress = ({ recordsRead }: { recordsRead: number }): void => {
      if (recordsRead > 30_000) stop.abort(new Error("enough"));
    };
    await expect(bench.ingest(file, { onProgress, signal: stop.signal })).rejects.toThrow("enough");
    const before = (await bench.values()).length;
    expect(before).toBeGreaterThan(0);
    expect(await bench.ingest(file)).toMatchObject({ read: 100_000, skipped: before });
    expect(await bench.values()).toHaveLength(100_000);
  });
});

describe("a file that another process takes in, too", () => {
  it("is given way for, longer each time, and for no time that both know", async () => {
    await using bench = await openFileBench();
    const file = await bench.write("a.csv", lines(0, 10));
    const pausesWith = async (chance: number): Promise<readonly number[]> => {
      const pauses: number[] = [];
      let refusals = 3;
      const log = {
        createTopic: (topic, options) => bench.log.createTopic(topic, options),
        producers: (prefix) => bench.log.producers(prefix),
        append: async (topic, batch) =>
          refusals-- > 0 ? { kind: "producer-moved" } : await bench.log.append(topic, batch),
      } satisfies Partial<EventLog> as unknown as EventLog;
      const pause = async (ms: number): Promise<void> => void pauses.push(ms);
      await bench.ingest(file, { log, pause, random: () => chance });
      await rm(file);
      await bench.write("a.csv", lines(10, 20 + pauses.length));
      return pauses;
    };
    expect(await pausesWith(0)).toEqual([5, 10, 15]);
    expect(await pausesWith(0.5)).toEqual([10, 20, 30]);
  });
});
