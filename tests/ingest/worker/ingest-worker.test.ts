/** The worker in good and in bad times: replays, torn and trimmed logs, zombies, stores that refuse, and its own end. */
import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { runIngestWorker } from "../../../ingest/worker/ingest-worker.ts";
import { emptyTally, readTallies } from "../../../ingest/models/outcome-tallies.ts";
import { SHARDS } from "../../../schema/model/entity-key.ts";
import { EPOCH_OFFSETS, seriesLayout } from "../../../schema/layout/series-layout.ts";
import { createRandom } from "../../support/random.ts";
import { overLog, shiftedLog } from "../fixtures/changed-logs.ts";
import { dumpSeries } from "../fixtures/dump.ts";
import type { Stores } from "../fixtures/faults.ts";
import { appendTime, market, rawRecords, sourceOf, type Raw } from "../fixtures/market.ts";
import {
  append,
  changesOf,
  endsOf,
  hash,
  modelsOf,
  outcomeOf,
  pauseInTurns,
  runWorker,
  storesWith,
} from "../fixtures/simulation.ts";

const random = createRandom(1);
const visits = sourceOf("visits").topic;

describe("a worker", () => {
  it("counts each record once, over restarts: read is applied, duplicate or quarantined", async () => {
    const records = rawRecords(createRandom(4), 120);
    const stores = await storesWith(records);
    for (const part of [records.slice(0, 0), rawRecords(createRandom(5), 60), []]) {
      await append(stores, part);
      await runWorker({ stores, random });
    }
    const [tally = emptyTally] = await readTallies(stores.state, 1, ["test"]);
    expect(tally.applied + tally.duplicates + tally.quarantined).toBe(180);
    const { history, quarantine } = (await outcomeOf(stores)) as { history: string[]; quarantine: string[] };
    expect([tally.applied, tally.quarantined]).toEqual([history.length, quarantine.length]);
  });

  it("flushes what waits before it ends, when it is stopped in the midst of a batch", async () => {
    const stores = await storesWith(rawRecords(createRandom(6), 100), 1);
    const [end] = await endsOf(stores, visits);
    const stop = new AbortController();
    const apply: Stores["state"]["apply"] = async (batch) => {
      if (batch.topic === visits && batch.to === end) {
        stop.abort();
        for (let turn = 0; turn < 50; turn++) await nextTurn();
      }
      return await stores.state.apply(batch);
    };
    const through = { ...stores, state: { ...stores.state, apply } };
    await runWorker({ stores, through, random, until: stop.signal });
    expect((await stores.series.fences(1))[`${visits}/0`]).toBe(end);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });

  it("waits between attempts, also when its group ends without a reason", async () => {
    const stores = await storesWith([]);
    let pauses = 0;
    const stop = new AbortController();
    const log = overLog(stores.log, { async *join() {} });
    const pause = async (ms: number): Promise<void> => {
      expect(ms).toBeGreaterThan(0);
      if (++pauses === 10) stop.abort();
      await nextTurn();
    };
    const deps = { ...stores, log, platform: market, hash, clock: () => 0, pause };
    const options = { generation: 1, historyGeneration: 1, group: "g" };
    await runIngestWorker({ ...deps, onProgress: () => undefined, onFault: () => undefined }, options, stop.signal);
    expect(pauses).toBe(10);
  });

  it("holds back when the series store does not answer, and loses nothing when it does again", async () => {
    const records = rawRecords(createRandom(8), 600);
    const stores = await storesWith(records, 1);
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const series = {
      ...stores.series,
      write: async (batch: never) => await answered.then(() => stores.series.write(batch)),
    };
    let stateTo = 0;
    const run = runWorker({
      stores,
      through: { ...stores, series },
      random,
      options: { maxRecords: 10, seriesWriter: { maxRows: 30 } },
      onProgress: (progress) => {
        if (progress.topic === visits) stateTo = progress.stateTo;
      },
    });
    for (let turn = 0; turn < 2000; turn++) await nextTurn();
    expect(stateTo).toBeGreaterThan(0);
    expect(stateTo).toBeLessThan(200);
    answer();
    await run;
    const clean = await storesWith(records, 1);
    await runWorker({ stores: clean, random });
    expect(await outcomeOf(stores)).toEqual(await outcomeOf(clean));
  });

  it("starts again after each refusal of the series store, and tells of it", async () => {
    const records = rawRecords(createRandom(9), 80);
    const stores = await storesWith(records);
    let refusals = 0;
    const faults: (string | null)[] = [];
    const write = async (batch: Parameters<typeof stores.series.write>[0]): Promise<void> => {
      if (refusals++ < 7) throw new Error("refused");
      await stores.series.write(batch);
    };
    const through = { ...stores, series: { ...stores.series, write } };
    await runWorker({ stores, through, random, onFault: (fault) => faults.push(fault?.message ?? null) });
    expect(faults.filter((fault) => fault === "refused")).toHaveLength(7);
    expect(faults.at(-1)).toBeNull();
    const clean = await storesWith(records);
    await runWorker({ stores: clean, random });
    expect(await outcomeOf(stores)).toEqual(await outcomeOf(clean));
  });

  it("goes on where shards stand apart, without a refusal", async () => {
    const records = rawRecords(createRandom(10), 90);
    const [stores, clean] = [await storesWith(records, 1), await storesWith(records, 1)];
    await runWorker({ stores: clean, random });
    // As a store without a commit over all shards may be left: some of the shards have moved far ahead.
    const through = {
      ...stores,
      state: {
        ...stores.state,
        apply: async (batch: Parameters<typeof stores.state.apply>[0]) => {
          await stores.state.apply({ ...batch, shards: batch.shards.filter(({ shard }) => shard % 3 === 0) });
          throw new Error("crashed between shards");
        },
      },
    };
    const stop = new AbortController();
    const options = { maxRecords: 60 };
    const onFault = (fault: Error | null): void => {
      if (fault !== null) stop.abort();
    };
    await runWorker({ stores, through, random, options, until: stop.signal, onFault });
    const fences = await stores.state.fences(1, visits, 0);
    expect(new Set(fences).size).toBe(2);
    const faults: Error[] = [];
    await runWorker({
      stores,
      random,
      options: { maxRecords: 7 },
      onFault: (fault) => fault !== null && faults.push(fault),
    });
    expect(faults).toEqual([]);
    expect(await outcomeOf(stores)).toEqual(await outcomeOf(clean));
    const [told, wanted] = [await changesOf(stores), await changesOf(clean)];
    expect(told.size).toBeGreaterThan(0);
    const members = (of: ReadonlySet<string>): Set<string> =>
      new Set([...of].map((line) => line.split(" ").slice(2).join(" ")));
    expect(members(told)).toEqual(members(wanted));
  });
});

describe("a zombie", () => {
  it("that applies late is refused, and nothing is counted twice", async () => {
    const records = rawRecords(createRandom(11), 60);
    const stores = await storesWith(records, 1);
    const batches: Parameters<typeof stores.state.apply>[0][] = [];
    const writes: Parameters<typeof stores.series.write>[0][] = [];
    const through: Stores = {
      ...stores,
      state: {
        ...stores.state,
        async apply(batch) {
          batches.push(batch);
          return await stores.state.apply(batch);
        },
      },
      series: {
        ...stores.series,
        async write(batch) {
          writes.push(batch);
          await stores.series.write(batch);
        },
      },
    };
    await runWorker({ stores, through, random, options: { maxRecords: 9, seriesWriter: { maxRows: 5 } } });
    await append(stores, rawRecords(createRandom(12), 30));
    await runWorker({ stores, random });
    const before = await outcomeOf(stores);
    for (const batch of random.shuffle(batches)) {
      expect((await stores.state.apply(batch)).moved).toHaveLength(SHARDS);
    }
    for (const write of random.shuffle(writes)) await stores.series.write(write);
    expect(await outcomeOf(stores)).toEqual(before);
    await runWorker({ stores, random });
    expect(await outcomeOf(stores)).toEqual(before);
  });
});

describe("an epoch's end", () => {
  const base = EPOCH_OFFSETS - 13;
  const shifted = async (records: readonly Raw[]): Promise<Stores> => {
    const filled = await storesWith(records, 1);
    const stores = { ...filled, log: shiftedLog(filled.log, base) };
    await stores.series.prepare(1, seriesLayout(market));
    const fences: Record<string, number> = {};
    for (const { topic } of market.sources) {
      fences[`${topic}/0`] = base;
      const shards = Array.from({ length: SHARDS }, (_, shard) => ({ shard, from: 0, entities: [] }));
      await stores.state.apply({ generation: 1, topic, partition: 0, to: base, shards, segment: null });
    }
    await stores.series.write({ generation: 1, rows: [], fences });
    return stores;
  };

  it.each([1, 2, 3, 5, 13, 14])(
    "is passed without loss, read by %i, by workers that are stopped at every step",
    async (maxRecords) => {
      const records = rawRecords(createRandom(50), 60);
      const clean = await shifted(records);
      await runWorker({ stores: clean, random, silent: true, options: { maxRecords: 1000 } });
      const plain = await storesWith(records, 1);
      await runWorker({ stores: plain, random });
      const stores = await shifted(records);
      const [end = 0] = await endsOf(stores, visits);
      const options = { maxRecords, seriesWriter: { maxRows: 1 } };
      for (let reached = base; reached < end;) {
        const stop = new AbortController();
        const until = stop.signal;
        const onProgress = ({ topic, seriesTo }: { readonly topic: string; readonly seriesTo: number }): void => {
          if (topic !== visits || seriesTo <= reached) return;
          reached = seriesTo;
          stop.abort();
        };
        await runWorker({ stores, random, silent: true, options, until, onProgress });
        reached = Math.max(reached, (await stores.series.fences(1))[`${visits}/0`] ?? 0);
      }
      await runWorker({ stores, random, silent: true, options });
      expect(await modelsOf(stores, 1)).toEqual(await modelsOf(clean, 1));
      expect(await dumpSeries(stores, 1, market)).toEqual(await dumpSeries(plain, 1, market));
    },
  );
});

describe("retention", () => {
  it("forgets in log and feed only what is old and what every store includes", async () => {
    const stores = await storesWith(rawRecords(createRandom(60), 200), 1);
    const trimmed: number[] = [];
    const log = overLog(stores.log, {
      trim: async (topic, partition, before) => {
        trimmed.push(before);
        await stores.log.trim(topic, partition, before);
      },
    });
    const stop = new AbortController();
    const pause = pauseInTurns(random);
    let rounds = 0;
    const deps = {
      ...stores,
      log,
      platform: market,
      hash,
      clock: () => appendTime + 1000,
      pause: async (ms: number, signal: AbortSignal): Promise<void> => {
        if (ms === 60_000 && ++rounds > 50) stop.abort();
        await pause(ms === 60_000 ? 1 : ms, signal);
      },
      onProgress: () => undefined,
      onFault: (fault: Error | null) => expect(fault).toBeNull(),
    };
    const options = { generation: 1, historyGeneration: 1, group: "models", maxRecords: 16, retentionMs: 500 };
    await runIngestWorker(deps, options, stop.signal);
    // The open epoch is still needed, however old it is.
    expect(trimmed).toEqual([]);
    expect((await stores.log.ranges(visits))[0]?.start).toBe(0);
  });
});
