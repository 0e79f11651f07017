/** What the log no longer gives, or never should have: taken from history, reported, or stopped at, and nothing in silence. */
import { describe, expect, it } from "@jest/globals";
import { SHARDS } from "../../../schema/model/entity-key.ts";
import { createRandom } from "../../support/random.ts";
import { tornLog } from "../fixtures/changed-logs.ts";
import type { Stores } from "../fixtures/faults.ts";
import { rawRecords, sourceOf } from "../fixtures/market.ts";
import { append, changesOf, endsOf, modelsOf, outcomeOf, runWorker, storesWith } from "../fixtures/simulation.ts";

const random = createRandom(1);
const visits = sourceOf("visits").topic;
const notes = sourceOf("notes").topic;

describe("a replay", () => {
  const replay = async (stores: Stores, through = stores): Promise<void> => {
    const options = { generation: 2, historyGeneration: 1, group: "replay", maxRecords: 11 };
    await runWorker({ stores, through, random, options, silent: true });
  };

  it("into a new generation gives what the serving one has, and tells no changes", async () => {
    const stores = await storesWith(rawRecords(createRandom(20), 200));
    await runWorker({ stores, random });
    const ends = await stores.changes.ends();
    await replay(stores);
    expect(await modelsOf(stores, 2)).toEqual(await modelsOf(stores, 1));
    expect(await stores.changes.ends()).toEqual(ends);
  });

  it("takes from history what the log no longer holds", async () => {
    const stores = await storesWith(rawRecords(createRandom(21), 200));
    await runWorker({ stores, random });
    for (const { partition, end } of await stores.log.ranges(visits)) {
      await stores.log.trim(visits, partition, partition === 0 ? end : Math.floor(end / 2));
    }
    await replay(stores);
    expect(await modelsOf(stores, 2)).toEqual(await modelsOf(stores, 1));
  });

  it("takes from history what is torn in the log", async () => {
    const stores = await storesWith(rawRecords(createRandom(22), 200));
    await runWorker({ stores, random });
    const log = tornLog(stores.log, { topic: visits, partition: 1, from: 10, next: 40 });
    await replay(stores, { ...stores, log });
    expect(await modelsOf(stores, 2)).toEqual(await modelsOf(stores, 1));
  });

  it("stops the source, and only it, whose history does not reach the log's start", async () => {
    const stores = await storesWith(rawRecords(createRandom(23), 100), 1);
    await stores.log.trim(visits, 0, 10);
    const faults: string[] = [];
    const stop = new AbortController();
    const [end = 0] = await endsOf(stores, notes);
    await runWorker({
      stores,
      random,
      until: stop.signal,
      onFault: (fault) => fault !== null && faults.push(fault.message),
      onProgress: ({ topic, stateTo, seriesTo }) => {
        if (topic === notes && Math.min(stateTo, seriesTo) === end) stop.abort();
      },
    });
    expect(faults).toEqual([expect.stringContaining(`${visits}/0 begins at 10`)]);
    expect(new Set(await stores.state.fences(1, visits, 0))).toEqual(new Set([0]));
  });
});

describe("a log that is not the one the stores know", () => {
  it("stops its source with LOG_GAP, and no other", async () => {
    const stores = await storesWith(rawRecords(createRandom(30), 100), 1);
    const [end = 0] = await endsOf(stores, visits);
    const shards = Array.from({ length: SHARDS }, (_, shard) => ({ shard, from: 0, entities: [] }));
    await stores.state.apply({ generation: 1, topic: visits, partition: 0, to: end + 1, shards, segment: null });
    const [notesEnd = 0] = await endsOf(stores, notes);
    const stop = new AbortController();
    const faults: unknown[] = [];
    await runWorker({
      stores,
      random,
      until: stop.signal,
      onFault: (fault) => fault !== null && faults.push(fault),
      onProgress: ({ topic, stateTo }) => {
        if (topic === notes && stateTo === notesEnd) stop.abort();
      },
    });
    expect(faults).toEqual([expect.objectContaining({ code: "LOG_GAP" })]);
  });
});

describe("a torn stretch of the log", () => {
  const torn = { topic: visits, partition: 0, from: 20, next: 35 };

  it("is reported once, and passed: all that is whole is applied, up to it and after it", async () => {
    const records = rawRecords(createRandom(40), 120);
    const stores = await storesWith(records, 1);
    const faults: unknown[] = [];
    const through = { ...stores, log: tornLog(stores.log, torn) };
    await runWorker({ stores, through, random, onFault: (fault) => fault !== null && faults.push(fault) });
    expect(faults).toEqual([expect.objectContaining({ code: "LOG_CORRUPT", lost: torn })]);
    const offsets = (
      await stores.series.readHistory({ generation: 1, table: "dwd_Visit", partition: 0, from: 0, limit: 999 })
    ).map(({ offset }) => offset);
    expect(offsets.some((offset) => offset < torn.from)).toBe(true);
    expect(offsets.some((offset) => offset >= torn.next)).toBe(true);
    expect(offsets.filter((offset) => offset >= torn.from && offset < torn.next)).toEqual([]);
    await changesOf(stores);
  });

  it("that was applied before takes nothing away from what is stored", async () => {
    const [first, second] = [rawRecords(createRandom(41), 90), rawRecords(createRandom(42), 50)];
    const clean = await storesWith([...first, ...second], 1);
    await runWorker({ stores: clean, random });
    const stores = await storesWith(first, 1);
    await runWorker({ stores, random });
    await append(stores, second);
    await runWorker({ stores, through: { ...stores, log: tornLog(stores.log, torn) }, random });
    expect(await outcomeOf(stores)).toEqual(await outcomeOf(clean));
  });

  it("whose changes were not told is a gap in the feed, so that its readers begin anew", async () => {
    const stores = await storesWith(rawRecords(createRandom(43), 90), 1);
    await runWorker({ stores, random, silent: true });
    await runWorker({ stores, through: { ...stores, log: tornLog(stores.log, torn) }, random });
    await expect(changesOf(stores)).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
  });
});
