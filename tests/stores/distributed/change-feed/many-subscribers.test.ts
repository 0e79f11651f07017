/** Many subscribers, and slow ones, cost one upstream: counted in requests to Kafka and subscriptions of the fast path. */
import { describe, expect, it } from "@jest/globals";
import { Subscription } from "../../../contracts/change-feed.contract.ts";
import { largeBatch, MemoryServers } from "./open-memory-feed.ts";

const count = 100;

describe("a hundred subscribers of one process", () => {
  it("listen once, and read each stretch of the log once", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    for (let at = 0; at < 40; at++) await publisher.publish([largeBatch(at, at + 1, 1000)]);
    const readsOf = async (subscribers: number): Promise<number> => {
      await using feed = await servers.open({ pageBytes: 5000 });
      const readers = Array.from({ length: subscribers }, () => new Subscription(feed, { "events/0": 0 }));
      await feed.ends();
      const before = servers.kafka.counts.read;
      const expected = Array.from({ length: 40 }, (_, at) => [at, at + 1]);
      const found = await Promise.all(readers.map((reader) => reader.ranges(40)));
      expect(found).toEqual(readers.map(() => expected));
      for (const reader of readers) await reader[Symbol.asyncDispose]();
      return servers.kafka.counts.read - before;
    };
    const one = await readsOf(1);
    expect(one).toBeGreaterThan(3);
    expect(await readsOf(count)).toBe(one);
    expect(servers.bus.counts.listens).toBe(2);
  });

  it("decode a batch once", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using feed = await servers.open();
    const readers = Array.from({ length: count }, () => new Subscription(feed, { "events/0": 0 }));
    const waiting = readers.map((reader) => reader.next());
    await publisher.publish([largeBatch(0, 10, 1000)]);
    const batches = await Promise.all(waiting);
    expect(new Set(batches.map(({ entities }) => entities)).size).toBe(1);
    for (const reader of readers) reader.stop();
  });
});

describe("a slow subscriber", () => {
  it("holds nothing: what is no longer recent it reads from the log, without gap", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    const pageBytes = 20_000;
    await using feed = await servers.open({ maxRecentBytes: 20_000, pageBytes });
    await using slow = new Subscription(feed, { "events/0": 0 });
    await using fast = new Subscription(feed, { "events/0": 0 });
    await publisher.publish([largeBatch(0, 1, 1000)]);
    await slow.next();
    await fast.next();
    // Behind the looks of its start.
    await feed.ends();
    const before = servers.kafka.counts.read;
    for (let at = 1; at < 300; at++) {
      await publisher.publish([largeBatch(at, at + 1, 1000)]);
      expect(await fast.ranges(1)).toEqual([[at, at + 1]]);
    }
    expect(servers.kafka.counts.read).toBe(before);
    expect(await slow.ranges(299)).toEqual(Array.from({ length: 299 }, (_, at) => [at + 1, at + 2]));
    // All but what is recent in both partitions together came in pages.
    expect(servers.kafka.counts.read - before).toBeGreaterThanOrEqual((299 * 1000 - 20_000) / (pageBytes + 1100));
  });
});
