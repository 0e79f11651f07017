/** What the fast path loses, delays or reorders is read from the log of changes; nobody sees a gap or a repetition. */
import { describe, expect, it } from "@jest/globals";
import { OnefoldError } from "../../../../schema/errors.ts";
import { batchOf, Subscription } from "../../../contracts/change-feed.contract.ts";
import { largeBatch, MemoryServers } from "./open-memory-feed.ts";

/** Opens a subscriber in a process that has heard its first batch, so that from now on it is told by messages alone. */
async function listeningTo(servers: MemoryServers): Promise<AsyncDisposable & { readonly reader: Subscription }> {
  const feed = await servers.open();
  const reader = new Subscription(feed, { "events/0": 0 });
  await using publisher = await servers.open();
  await publisher.publish([batchOf(0, 10)]);
  expect(await reader.ranges(1)).toEqual([[0, 10]]);
  // Behind the looks of its start.
  await feed.ends();
  return {
    reader,
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await feed[Symbol.asyncDispose]();
    },
  };
}

describe("a subscriber whose messages", () => {
  it("arrive reads nothing from the log", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using there = await listeningTo(servers);
    const before = { ...servers.kafka.counts };
    for (let at = 10; at < 60; at += 10) {
      await publisher.publish([batchOf(at, at + 10)]);
      expect(await there.reader.ranges(1)).toEqual([[at, at + 10]]);
    }
    expect(servers.kafka.counts).toEqual({ ...before, produce: before.produce + 5 });
  });

  it("are lost reads them when the next one arrives", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using there = await listeningTo(servers);
    servers.bus.drops = true;
    await publisher.publish([batchOf(10, 20), batchOf(20, 30)]);
    servers.bus.drops = false;
    await publisher.publish([batchOf(30, 40)]);
    expect(await there.reader.ranges(3)).toEqual([
      [10, 20],
      [20, 30],
      [30, 40],
    ]);
  });

  it("are lost reads them as soon as its connection is back", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using there = await listeningTo(servers);
    servers.bus.drops = true;
    await publisher.publish([batchOf(10, 20)]);
    servers.bus.connectAll();
    expect(await there.reader.ranges(1)).toEqual([[10, 20]]);
  });

  it("never arrive finds all by looking, and takes a new connection in the end", async () => {
    const servers = new MemoryServers();
    servers.bus.drops = true;
    await using publisher = await servers.open();
    await using feed = await servers.open({ lookEveryMs: 1 });
    await using reader = new Subscription(feed, { "events/0": 0 });
    let at = 0;
    while (servers.bus.counts.renewals === 0) {
      await publisher.publish([batchOf(at, at + 1)]);
      expect(await reader.ranges(1)).toEqual([[at, ++at]]);
    }
    expect(at).toBeGreaterThanOrEqual(5);
  });

  it("come in the wrong order sees the right one", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using there = await listeningTo(servers);
    servers.bus.holds = true;
    await publisher.publish([batchOf(10, 20)]);
    await publisher.publish([batchOf(20, 30)]);
    await publisher.publish([batchOf(30, 40)]);
    for (const message of servers.bus.held.reverse()) servers.bus.deliver(message);
    expect(await there.reader.ranges(3)).toEqual([
      [10, 20],
      [20, 30],
      [30, 40],
    ]);
  });

  it("are of another version reads the log instead", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using there = await listeningTo(servers);
    servers.bus.drops = true;
    await publisher.publish([batchOf(10, 20)]);
    servers.bus.deliver({ channel: "events/0", message: Buffer.from("something else") });
    servers.bus.deliver({ channel: "elsewhere/0", message: Buffer.from("something else") });
    expect(await there.reader.ranges(1)).toEqual([[10, 20]]);
  });

  it("would be too large is told, and reads them from the log", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open({ maxMessageBytes: 1000 });
    await using there = await listeningTo(servers);
    await publisher.publish([largeBatch(10, 20, 5000)]);
    await publisher.publish([largeBatch(20, 30, 10)]);
    const { to, entities } = await there.reader.next();
    expect({ to, entities }).toEqual({ to: 20, entities: largeBatch(10, 20, 5000).entities });
    expect(await there.reader.ranges(1)).toEqual([[20, 30]]);
  });
});

describe("progress", () => {
  it("grows with messages, and with what a look finds where they are lost", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using feed = await servers.open();
    const stop = new AbortController();
    const progress = feed.progress(stop.signal)[Symbol.asyncIterator]();
    expect((await progress.next()).value).toEqual({});
    await publisher.publish([batchOf(0, 10)]);
    expect((await progress.next()).value).toEqual({ "events/0": 10 });
    servers.bus.drops = true;
    await publisher.publish([batchOf(10, 20)]);
    servers.bus.connectAll();
    expect((await progress.next()).value).toEqual({ "events/0": 20 });
    stop.abort();
    expect((await progress.next()).done).toBe(true);
  });
});

describe("while Kafka does not answer", () => {
  it("subscriptions and progress wait, and go on", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    await using feed = await servers.open({ lookEveryMs: 1 });
    await publisher.publish([batchOf(0, 10)]);
    let refused = 0;
    servers.kafka.before = () => {
      refused++;
      throw new OnefoldError("STORE_UNAVAILABLE", "no broker answers");
    };
    await using reader = new Subscription(feed, { "events/0": 0 });
    const stop = new AbortController();
    const ends = feed.progress(stop.signal)[Symbol.asyncIterator]().next();
    const ranges = reader.ranges(1);
    await expect(feed.ends()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(publisher.publish([batchOf(10, 20)])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    while (refused < 20) await new Promise(setImmediate);
    servers.kafka.before = () => {};
    expect(await ranges).toEqual([[0, 10]]);
    expect((await ends).value).toEqual({ "events/0": 10 });
    stop.abort();
  });
});
