/** What every EventLog keeps that outlives its process: across reopening, killing, and several who open it at once. */
import { describe, expect, it } from "@jest/globals";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { EventLogAddress } from "../support/open-event-log.ts";
import { startProcess, startThread } from "../support/start-program.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { origin, positionsOf, readAll, recordsOf, textOf, type EventLogAdapter } from "./event-log.contract.ts";

export interface DurableEventLogAdapter extends EventLogAdapter {
  /** Where other threads and processes find the log that `open` opens in this folder. */
  readonly address: (folder: string) => EventLogAddress;
}

export function durableEventLogContract(adapter: DurableEventLogAdapter): void {
  describe(`${adapter.name}: durability`, () => {
    it("has topics, records, producers and trims again after reopening", async () => {
      await using folder = await openTemporaryFolder();
      const before = await (async () => {
        await using log = await adapter.open(folder.path);
        const topic = await log.createTopic("events", { partitions: 2 });
        const producer = { name: "file:1", expectedVersion: 0, state: "3" };
        const appended = [
          await log.append("events", { origin, records: recordsOf("a:1", "b:2", "c:3"), time: 5, producer }),
          await log.append("events", { origin, records: recordsOf("a:4", "b:5", "c:6"), time: 6 }),
        ];
        await log.trim("events", 0, 1);
        const ranges = await log.ranges("events");
        const kept = appended.flatMap(positionsOf).filter(({ partition, offset }) => {
          return offset >= (ranges[partition]?.start ?? Infinity);
        });
        expect((await contentOf(log)).records).toHaveLength(kept.length);
        return { topic, ranges, ...(await contentOf(log)) };
      })();
      await using log = await adapter.open(folder.path);
      expect({
        topic: await log.createTopic("events", { partitions: 2 }),
        ranges: await log.ranges("events"),
        ...(await contentOf(log)),
      }).toEqual(before);
    });

    it("resolves appends in flight before it closes", async () => {
      await using folder = await openTemporaryFolder();
      const first = await adapter.open(folder.path);
      await first.createTopic("events", { partitions: 1 });
      const appended = Array.from({ length: 20 }, (_, at) =>
        first.append("events", { origin, records: recordsOf(`v${at}`), time: 0 }),
      );
      await first[Symbol.asyncDispose]();
      await Promise.all(appended);
      await using log = await adapter.open(folder.path);
      expect((await contentOf(log)).records).toEqual(appended.map((_, at) => `v${at}`));
    });

    it("keeps every acknowledged append, whole and in order, when its process is killed amid appends", async () => {
      await using folder = await openTemporaryFolder();
      let appended = 0;
      for (const killAfter of [3, 40, 200, 11]) {
        let acknowledged = appended - 1;
        await using child = await startProcess("append-for-ever", [
          JSON.stringify(adapter.address(folder.path)),
          String(appended),
        ]);
        let seen = 0;
        for await (const line of child.lines) {
          acknowledged = Number(line);
          if (++seen >= killAfter) break;
        }
        expect(seen).toBe(killAfter);
        await child.kill();
        await using log = await adapter.open(folder.path);
        const found = await wholeBatches(log);
        expect(found).toBeGreaterThan(acknowledged);
        appended = found;
      }
    }, 60_000);
  });

  describe(`${adapter.name}: opened more than once`, () => {
    it("shows an append to another who opened it, and wakes its waiting reader", async () => {
      await using folder = await openTemporaryFolder();
      await using one = await adapter.open(folder.path);
      await using two = await adapter.open(folder.path);
      await one.createTopic("events", { partitions: 1 });
      expect(await two.ranges("events")).toEqual([{ partition: 0, start: 0, end: 0 }]);
      const waiting = two.read("events", 0, 0, { waitMs: 25_000 });
      await one.append("events", { origin, records: recordsOf("here"), time: 0 });
      expect(Array.from((await waiting).records, textOf)).toEqual(["here"]);
    });

    it("is followed from another thread without a miss", async () => {
      await using folder = await openTemporaryFolder();
      await using log = await adapter.open(folder.path);
      await log.createTopic("events", { partitions: 1 });
      const task = { kind: "follow", address: adapter.address(folder.path), until: 300 };
      await using thread = await startThread("log-thread", task);
      expect(await thread.message()).toBe("following");
      const sent: string[] = [];
      for (let batch = 0; batch < 100; batch++) {
        const values = [`${batch}a`, `${batch}b`, `${batch}c`];
        await log.append("events", { origin, records: recordsOf(...values), time: 0 });
        sent.push(...values);
        // Every tenth append waits until the other side has everything, so that the reader does wait, too.
        const received: unknown[] = [];
        while (batch % 10 === 9 && received.length < 30) received.push(await thread.message());
        if (received.length > 0) expect(received).toEqual(sent.slice(-30));
      }
    });

    it("lets threads contend for one producer without a lost or doubled append", async () => {
      await using folder = await openTemporaryFolder();
      await using log = await adapter.open(folder.path);
      await log.createTopic("events", { partitions: 1 });
      await log.createTopic("noise", { partitions: 1 });
      const until = 200;
      const task = { kind: "contend", address: adapter.address(folder.path), until };
      await using one = await startThread("log-thread", task);
      await using two = await startThread("log-thread", task);
      const [wonByOne = 0, triedByOne = 0] = (await one.message()) as readonly number[];
      const [wonByTwo = 0, triedByTwo = 0] = (await two.message()) as readonly number[];
      expect(wonByOne + wonByTwo).toBe(until);
      expect(await readAll(log, "noise/0")).toHaveLength(triedByOne + triedByTwo);
      expect((await readAll(log, "events/0")).map(textOf)).toEqual(Array.from({ length: until }, (_, at) => `${at}`));
    });
  });
}

async function contentOf(log: EventLog): Promise<{ readonly records: string[]; readonly producers: unknown }> {
  const ranges = await log.ranges("events");
  const records = await Promise.all(ranges.map(({ partition, start }) => readAll(log, `events/${partition}`, start)));
  return { records: records.flat().map(textOf), producers: await log.producers("") };
}

/** How many batches of `append-for-ever` the log holds; each must be whole, in order, and counted by its producer. */
async function wholeBatches(log: EventLog): Promise<number> {
  const last = new Map<string, number>();
  const counts = new Map<number, number>();
  const misplaced: string[] = [];
  for (const { partition } of await log.ranges("events")) {
    for (const record of await readAll(log, `events/${partition}`)) {
      const [batch = "", at = ""] = textOf(record).split(":");
      const sequence = Number(batch) * 1000 + Number(at);
      const key = `${partition}/${Number(at) % 13}`;
      if (record.sequence !== sequence || sequence <= (last.get(key) ?? -1))
        misplaced.push(`${partition}: ${sequence}`);
      last.set(key, sequence);
      counts.set(Number(batch), (counts.get(Number(batch)) ?? 0) + 1);
    }
  }
  expect(misplaced).toEqual([]);
  const batches = Array.from({ length: counts.size }, (_, batch) => counts.get(batch));
  expect(batches).toEqual(batches.map((_, batch) => 1 + ((batch * 37) % 300)));
  const [producer] = await log.producers("test");
  expect(producer?.version ?? 0).toBe(batches.length);
  return batches.length;
}
