/** Redis or Kafka fails under a running change feed: no batch is lost or repeated. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { OnefoldError } from "../../../../schema/errors.ts";
import type { ChangeFeed } from "../../../../stores/ports/change-feed.ts";
import { batchOf, Subscription } from "../../../contracts/change-feed.contract.ts";
import { openFeedIn, openFeedOfFolder } from "../../../support/distributed-change-feed.ts";
import { startTestKafka } from "../../../support/start-kafka.ts";
import { startTestRedis, type TestRedis } from "../../../support/start-redis.ts";
import { openTemporaryFolder } from "../../../support/temporary-folder.ts";
import { never } from "./open-memory-feed.ts";

const [kafka, single, cluster] = await Promise.all([
  startTestKafka(),
  startTestRedis(),
  startTestRedis({ cluster: 3 }),
]);

afterAll(async () => {
  for (const service of [kafka, single, cluster]) await service?.[Symbol.asyncDispose]();
}, 60_000);

interface Stage {
  readonly publisher: ChangeFeed;
  readonly reader: Subscription;
  readonly redis: TestRedis;
}

/** Two feeds with connections of their own, of which one subscribes; it has heard its first batch. */
async function withFeeds(redis: TestRedis, lookEveryMs: number, test: (stage: Stage) => Promise<void>): Promise<void> {
  if (kafka === null) throw new Error("Kafka is missing");
  await using folder = await openTemporaryFolder();
  const servers = { kafka: kafka.options(), redis: redis.options({ commandTimeoutMs: 1000 }), lookEveryMs };
  await using publisher = await openFeedIn(folder.path, servers);
  await using subscriber = await openFeedOfFolder(folder.path);
  await using reader = new Subscription(subscriber, { "events/0": 0 });
  await publisher.publish([batchOf(0, 10)]);
  expect(await reader.ranges(1)).toEqual([[0, 10]]);
  await test({ publisher, reader, redis });
}

/** Publishes batches of ten offsets each, and takes each before the next. */
async function pass(stage: Stage, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 10) {
    await stage.publisher.publish([batchOf(at, at + 10)]);
    expect(await stage.reader.ranges(1)).toEqual([[at, at + 10]]);
  }
}

const tens = (from: number, to: number): (readonly [number, number])[] =>
  Array.from({ length: (to - from) / 10 }, (_, at) => [from + at * 10, from + at * 10 + 10]);

(kafka === null || single === null ? describe.skip : describe)("the change feed while one Redis", () => {
  const redis = single as TestRedis;

  it("is killed and started again: what was missed is there when the connection is, without any look in between", () =>
    withFeeds(redis, never, async (stage) => {
      await pass(stage, 10, 50);
      redis.service.signal("SIGKILL");
      await redis.service.ended();
      for (let at = 50; at < 100; at += 10) await stage.publisher.publish([batchOf(at, at + 10)]);
      await redis.service.restart();
      expect(await stage.reader.ranges(5)).toEqual(tens(50, 100));
      await pass(stage, 100, 150);
    }));

  it("is emptied: nothing depends on what it holds", () =>
    withFeeds(redis, never, async (stage) => {
      const [address = ""] = redis.service.addresses;
      const admin = new Redis(Number(address.split(":")[1]), { host: "127.0.0.1" });
      for (let at = 10; at < 100; at += 10) {
        await stage.publisher.publish([batchOf(at, at + 10)]);
        await admin.flushall();
      }
      admin.disconnect();
      expect(await stage.reader.ranges(9)).toEqual(tens(10, 100));
    }));

  it("is frozen: publishing goes on, and subscribers find all by looking", () =>
    withFeeds(redis, 100, async (stage) => {
      redis.service.signal("SIGSTOP");
      try {
        await pass(stage, 10, 60);
      } finally {
        redis.service.signal("SIGCONT");
      }
      await pass(stage, 60, 100);
    }));

  it("is not there at all: the feed opens, and works by looking", async () => {
    if (kafka === null) throw new Error("Kafka is missing");
    await using folder = await openTemporaryFolder();
    const nodes = [{ host: "127.0.0.1", port: 1 }];
    const servers = { kafka: kafka.options(), redis: { nodes, cluster: false }, lookEveryMs: 50 };
    await using publisher = await openFeedIn(folder.path, servers);
    await using subscriber = await openFeedOfFolder(folder.path);
    await using reader = new Subscription(subscriber, { "events/0": 0 });
    await pass({ publisher, reader, redis }, 0, 50);
  });
});

(kafka === null || cluster === null ? describe.skip : describe)("the change feed while of a Redis Cluster", () => {
  const redis = cluster as TestRedis;

  it("each node is killed and started again: no batch is lost or repeated", () =>
    withFeeds(redis, 100, async (stage) => {
      let at = 10;
      for (let node = 0; node < 3; node++) {
        redis.service.signal("SIGKILL", node);
        await redis.service.ended(node);
        await pass(stage, at, at + 30);
        await redis.service.restart(node);
        await pass(stage, at + 30, at + 60);
        at += 60;
      }
    }));
});

(kafka === null || single === null ? describe.skip : describe)("the change feed while Kafka", () => {
  it(
    "is killed and started again: publishing fails or waits, subscriptions go on",
    () =>
      withFeeds(single as TestRedis, 100, async (stage) => {
        await pass(stage, 10, 30);
        kafka?.service.signal("SIGKILL");
        await kafka?.service.ended();
        const publishing = publishAll(stage.publisher, 30, 100);
        const ranges = stage.reader.ranges(7);
        await kafka?.service.restart();
        await publishing;
        expect(await ranges).toEqual(tens(30, 100));
      }),
    120_000,
  );
});

/** As a worker does: what could not be published is published again from the end on. */
async function publishAll(feed: ChangeFeed, from: number, to: number): Promise<void> {
  for (let at = from; at < to;) {
    try {
      await feed.publish([batchOf(at, at + 10)]);
      at += 10;
    } catch (fault) {
      if (!(fault instanceof OnefoldError) || fault.code !== "STORE_UNAVAILABLE") throw fault;
    }
  }
}

(kafka === null || single === null ? describe.skip : describe)("a cursor", () => {
  it("goes on in a process that was started again, while two others publish", async () => {
    if (kafka === null || single === null) throw new Error("a service is missing");
    await using folder = await openTemporaryFolder();
    await using one = await openFeedIn(folder.path, { kafka: kafka.options(), redis: single.options() });
    await using two = await openFeedOfFolder(folder.path);
    let position = 0;
    for (let run = 0; run < 5; run++) {
      await using feed = await openFeedOfFolder(folder.path);
      await using reader = new Subscription(feed, { "events/0": position });
      const end = (run + 1) * 100;
      // The second publisher does what the first one did once more, with other boundaries, as after a crash.
      for (let at = run * 100; at < end; at += 10) {
        await Promise.all([one.publish([batchOf(at, at + 10)]), two.publish([batchOf(Math.max(0, at - 5), at + 3)])]);
      }
      // The last ones stay for the next run.
      while (position < end - 30) {
        const { from, to, entities } = await reader.next();
        expect(from).toBe(position);
        const [, low = "", high = ""] = /(\d+)-(\d+)/.exec(entities[0]?.keys[0] ?? "") ?? [];
        expect(Number(low)).toBeLessThanOrEqual(from);
        expect(Number(high)).toBe(to);
        position = to;
      }
    }
  });
});
