/** How batches stand in the log of changes: large ones, unfinished ones, late ones, and what is left after a trim. */
import { describe, expect, it } from "@jest/globals";
import { OnefoldError } from "../../../../schema/errors.ts";
import { batchOf, Subscription } from "../../../contracts/change-feed.contract.ts";
import { largeBatch, MemoryServers } from "./open-memory-feed.ts";

/** Lets so many writes through, and none after. */
function breakAfter(servers: MemoryServers, writes: number): void {
  let left = writes;
  servers.kafka.before = (request) => {
    if (request === "produce" && left-- <= 0) throw new OnefoldError("STORE_UNAVAILABLE", "no broker answers");
  };
}

async function recordCount(servers: MemoryServers): Promise<number> {
  const [range] = await servers.kafka.ranges("changes.events");
  return (range?.end ?? 0) - (range?.start ?? 0);
}

describe("a batch that is too large for one record", () => {
  const sizes = { maxRecordBytes: 1000, maxMessageBytes: 100, maxRecentBytes: 0 };

  it("becomes several, and comes back whole", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open(sizes);
    await using other = await servers.open(sizes);
    const published = [largeBatch(0, 10, 10), largeBatch(10, 20, 5000), largeBatch(20, 30, 10)];
    await publisher.publish(published);
    expect(await recordCount(servers)).toBe(9);
    for (const feed of [publisher, other]) {
      await using reader = new Subscription(feed, { "events/0": 0 });
      for (const batch of published) expect({ ...(await reader.next()) }).toEqual(batch);
      await using inside = new Subscription(feed, { "events/0": 15 });
      expect({ ...(await inside.next()) }).toEqual({ ...largeBatch(10, 20, 5000), from: 15 });
    }
  });

  it("is not there while its last record is missing, and is there once it was published again", async () => {
    const servers = new MemoryServers();
    await using broken = await servers.open(sizes);
    await broken.publish([batchOf(0, 10)]);
    breakAfter(servers, 3);
    await expect(broken.publish([largeBatch(10, 20, 5000)])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    servers.kafka.before = () => {};
    expect(await recordCount(servers)).toBe(4);
    await using feed = await servers.open(sizes);
    expect(await feed.ends()).toEqual({ "events/0": 10 });
    await using reader = new Subscription(feed, { "events/0": 0 });
    expect(await reader.ranges(1)).toEqual([[0, 10]]);
    await feed.publish([largeBatch(10, 25, 4000)]);
    const { from, to, entities } = await reader.next();
    expect({ from, to, entities }).toEqual({ from: 10, to: 25, entities: largeBatch(10, 25, 4000).entities });
    expect(await feed.ends()).toEqual({ "events/0": 25 });
  });

  it("does not hide what another process wrote between its records", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open(sizes);
    await using other = await servers.open();
    await using feed = await servers.open();
    await using reader = new Subscription(feed, { "events/0": 0 });
    let writes = 0;
    servers.kafka.before = async (request) => {
      if (request !== "produce" || ++writes !== 3) return;
      servers.bus.drops = true;
      await other.publish([batchOf(0, 50)]);
      servers.bus.drops = false;
    };
    await publisher.publish([largeBatch(0, 10, 5000)]);
    servers.bus.connectAll();
    for (let position = 0; position < 50;) position = (await reader.next()).to;
    expect(await feed.ends()).toEqual({ "events/0": 50 });
  });

  it("is kept whole by a trim that ends inside it", async () => {
    const servers = new MemoryServers();
    await using feed = await servers.open(sizes);
    await feed.publish([batchOf(0, 10), largeBatch(10, 20, 5000)]);
    await feed.trim("events", 0, 12);
    await using reader = new Subscription(feed, { "events/0": 12 });
    expect((await reader.next()).entities).toEqual(largeBatch(10, 20, 5000).entities);
    await using expired = new Subscription(feed, { "events/0": 9 });
    await expect(expired.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
  });
});

describe("publishing", () => {
  it("writes many small batches that wait with few requests, in the order of the calls", async () => {
    const servers = new MemoryServers();
    await using feed = await servers.open();
    await Promise.all(Array.from({ length: 500 }, (_, at) => feed.publish([batchOf(at, at + 1)])));
    expect(servers.kafka.counts.produce).toBeLessThan(5);
    await using reader = new Subscription(feed, { "events/0": 0 });
    expect(await reader.ranges(500)).toEqual(Array.from({ length: 500 }, (_, at) => [at, at + 1]));
  });

  it("fails what waits behind a batch that failed: written without it, it would be a gap", async () => {
    const servers = new MemoryServers();
    await using feed = await servers.open();
    let isFirst = true;
    servers.kafka.before = (request) => {
      if (request !== "produce" || !isFirst) return;
      isFirst = false;
      throw new OnefoldError("STORE_UNAVAILABLE", "no broker answers");
    };
    const publications = [batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)].map((batch) => feed.publish([batch]));
    const outcomes = await Promise.allSettled(publications);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await feed.ends()).toEqual({});
    await feed.publish([batchOf(0, 30)]);
    expect(await feed.ends()).toEqual({ "events/0": 30 });
  });

  it("refuses a topic or partition that it was not opened for, before it writes anything", async () => {
    const servers = new MemoryServers();
    await using feed = await servers.open();
    const unknown = { ...batchOf(0, 10), partition: 2 };
    await expect(feed.publish([batchOf(0, 10), unknown])).rejects.toMatchObject({ code: "SOURCE_UNKNOWN" });
    expect(await feed.ends()).toEqual({});
  });
});

describe("opening", () => {
  it("finds the end also where the last record came late, from a worker that was replaced", async () => {
    const servers = new MemoryServers();
    await using worker = await servers.open();
    await using zombie = await servers.open();
    await worker.publish([batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)]);
    await zombie.publish([batchOf(0, 15)]);
    await using opened = await servers.open();
    expect(await opened.ends()).toEqual({ "events/0": 30 });
    await using now = new Subscription(opened, {});
    await worker.publish([batchOf(30, 40)]);
    expect(await now.ranges(1)).toEqual([[30, 40]]);
  });

  it("refuses a log with fewer partitions than its source, for their changes would have no place", async () => {
    const servers = new MemoryServers();
    await servers.kafka.createTopic("changes.events", { partitions: 1 });
    await expect(servers.open()).rejects.toMatchObject({ code: "STORE_FORMAT" });
  });
});

describe("a subscriber that reads the log", () => {
  it("is told that it has expired when another process forgets what comes next", async () => {
    const servers = new MemoryServers();
    await using publisher = await servers.open();
    for (let at = 0; at < 100; at += 10) await publisher.publish([batchOf(at, at + 10)]);
    await using feed = await servers.open({ pageBytes: 1 });
    await using reader = new Subscription(feed, { "events/0": 0 });
    expect(await reader.ranges(1)).toEqual([[0, 10]]);
    await publisher.trim("events", 0, 50);
    await expect(reader.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
  });
});

describe("forgetting everything", () => {
  it("keeps the end: workers go on there, and who is below it is told", async () => {
    const servers = new MemoryServers();
    await using feed = await servers.open();
    await feed.publish([batchOf(0, 10), batchOf(10, 20)]);
    for (let again = 0; again < 3; again++) await feed.trim("events", 0, 1000);
    expect(await recordCount(servers)).toBe(1);
    await using opened = await servers.open();
    expect(await opened.ends()).toEqual({ "events/0": 20 });
    await using below = new Subscription(opened, { "events/0": 15 });
    await expect(below.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
    await using at = new Subscription(opened, { "events/0": 20 });
    await feed.publish([batchOf(20, 30)]);
    expect(await at.ranges(1)).toEqual([[20, 30]]);
  });
});
