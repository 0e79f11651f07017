/** What every ChangeFeed keeps, as claims; each adapter is bound to them in a `change-feed-<adapter>.test.ts`. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { CursorVector } from "../../schema/cursor.ts";
import type { ChangeBatch, ChangeFeed, EntityChanges } from "../../stores/ports/change-feed.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";

export interface ChangeFeedAdapter {
  readonly name: string;
  /** Opens a feed that keeps what it has, if it keeps anything, in this folder. */
  readonly open: (folder: string) => Promise<ChangeFeed>;
}

/** A batch that says in its one key which range was published. */
export function batchOf(from: number, to: number, topic = "events"): ChangeBatch {
  const entities = [{ entity: "Consumer", shapes: [["views"]], keys: [`member:${from}-${to}`], shapeOf: [0] }];
  return { topic, partition: 0, from, to, entities };
}

/** A subscription that is read by hand, and ends with `await using`. */
export class Subscription implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #batches: AsyncIterator<ChangeBatch>;

  constructor(feed: ChangeFeed, after: CursorVector) {
    this.#batches = feed.subscribe({ after, signal: this.#stop.signal })[Symbol.asyncIterator]();
  }

  async next(): Promise<ChangeBatch> {
    const { done, value } = await this.#batches.next();
    if (done === true) throw new Error("the subscription has ended");
    return value;
  }

  /** The ranges of the next `count` batches. */
  async ranges(count: number): Promise<readonly (readonly [from: number, to: number])[]> {
    const found: [number, number][] = [];
    while (found.length < count) {
      const { from, to } = await this.next();
      found.push([from, to]);
    }
    return found;
  }

  stop(): void {
    this.#stop.abort();
  }

  async isOver(): Promise<boolean> {
    return (await this.#batches.next()).done === true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#batches.return?.();
  }
}

/** From up to 15 below the end, over up to 20 offsets: as after a crash, with other boundaries. */
const publication = fc.record({ back: fc.nat(15), ahead: fc.integer({ min: 1, max: 20 }), reads: fc.boolean() });

/** Reads from `position` up to `end`; each batch must go on where the one before ended, and hold what its range held. */
async function follow(subscription: Subscription, position: number, end: number): Promise<number> {
  let at = position;
  while (at < end) {
    const { from, to, entities } = await subscription.next();
    const [low, high] =
      /(\d+)-(\d+)/
        .exec(entities[0]?.keys[0] ?? "")
        ?.slice(1)
        .map(Number) ?? [];
    expect(from).toBe(at);
    expect(low).toBeLessThanOrEqual(from);
    expect(high).toBe(to);
    at = to;
  }
  return at;
}

export function changeFeedContract(adapter: ChangeFeedAdapter): void {
  const withFeed = async (test: (feed: ChangeFeed) => Promise<void>): Promise<void> => {
    await using folder = await openTemporaryFolder();
    await using feed = await adapter.open(folder.path);
    await test(feed);
  };

  describe(`${adapter.name}: publishing`, () => {
    it("gives back entities, keys and shapes", () =>
      withFeed(async (feed) => {
        const entities: EntityChanges[] = [
          {
            entity: "Consumer",
            shapes: [["views", "lastSeenAt"], [], ["größe"]],
            keys: ["member:1", "member:ü", `device:${"x".repeat(500)}`, ""],
            shapeOf: [0, 2, 1, 0],
          },
          { entity: "Item", shapes: [], keys: [], shapeOf: [] },
        ];
        await using reader = new Subscription(feed, { "events/3": 10 });
        const batch: ChangeBatch = { topic: "events", partition: 3, from: 10, to: 2 ** 40, entities };
        await feed.publish([batch]);
        expect({ ...(await reader.next()) }).toEqual(batch);
      }));

    it("tells the end of each partition", () =>
      withFeed(async (feed) => {
        expect(await feed.ends()).toEqual({});
        await feed.publish([batchOf(0, 10), batchOf(5, 7, "others"), batchOf(10, 12)]);
        expect(await feed.ends()).toEqual({ "events/0": 12, "others/0": 7 });
        await feed.publish([]);
        await feed.publish([{ ...batchOf(12, 30), entities: [] }]);
        expect(await feed.ends()).toEqual({ "events/0": 30, "others/0": 7 });
      }));

    it("shows no range twice when batches are published again with other boundaries", () =>
      withFeed(async (feed) => {
        await using live = new Subscription(feed, { "events/0": 0 });
        await feed.publish([batchOf(0, 10)]);
        expect(await live.ranges(1)).toEqual([[0, 10]]);
        await feed.publish([batchOf(0, 4), batchOf(4, 10)]);
        await feed.publish([batchOf(5, 20)]);
        await feed.publish([batchOf(0, 20), batchOf(20, 25)]);
        expect(await live.ranges(2)).toEqual([
          [10, 20],
          [20, 25],
        ]);
        await using late = new Subscription(feed, { "events/0": 0 });
        expect(await late.ranges(3)).toEqual([
          [0, 10],
          [10, 20],
          [20, 25],
        ]);
      }));

    it("keeps the content of what it cut: nothing in the range is skipped", () =>
      withFeed(async (feed) => {
        await using reader = new Subscription(feed, { "events/0": 0 });
        await feed.publish([batchOf(0, 10), batchOf(5, 20)]);
        await reader.next();
        const second = await reader.next();
        expect([second.from, second.to]).toEqual([10, 20]);
        expect(second.entities).toEqual(batchOf(5, 20).entities);
      }));
  });

  describe(`${adapter.name}: subscribing`, () => {
    it("starts after the cursor, also inside a batch", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)]);
        await using edge = new Subscription(feed, { "events/0": 10 });
        expect(await edge.ranges(2)).toEqual([
          [10, 20],
          [20, 30],
        ]);
        await using inside = new Subscription(feed, { "events/0": 13 });
        const [first] = [await inside.next()];
        expect([first.from, first.to, first.entities]).toEqual([13, 20, batchOf(10, 20).entities]);
        expect(await inside.ranges(1)).toEqual([[20, 30]]);
      }));

    it("drops what lies below a cursor that is ahead of the feed", () =>
      withFeed(async (feed) => {
        await using reader = new Subscription(feed, { "events/0": 25 });
        await feed.publish([batchOf(0, 10), batchOf(10, 20)]);
        await feed.publish([batchOf(20, 30), batchOf(30, 40)]);
        expect(await reader.ranges(2)).toEqual([
          [25, 30],
          [30, 40],
        ]);
      }));

    it("starts now for partitions that the cursor leaves out, from the call on", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10)]);
        await using reader = new Subscription(feed, {});
        await feed.publish([batchOf(10, 20)]);
        await feed.publish([batchOf(700, 800, "new")]);
        const found = [await reader.next(), await reader.next()].map(({ topic, from, to }) => ({ topic, from, to }));
        expect(found).toEqual([
          { topic: "events", from: 10, to: 20 },
          { topic: "new", from: 700, to: 800 },
        ]);
      }));

    it("lets a late subscriber and a live one see the same", () =>
      withFeed(async (feed) => {
        await using live = new Subscription(feed, { "events/0": 0 });
        const seenLive: unknown[] = [];
        for (let at = 0; at < 50; at++) {
          await feed.publish([batchOf(at * 3, at * 3 + 3)]);
          seenLive.push({ ...(await live.next()) });
        }
        await using late = new Subscription(feed, { "events/0": 0 });
        const seenLate: unknown[] = [];
        while (seenLate.length < 50) seenLate.push({ ...(await late.next()) });
        expect(seenLate).toEqual(seenLive);
      }));

    it("lets a slow reader read on from where it is, without gap or repetition", () =>
      withFeed(async (feed) => {
        await using slow = new Subscription(feed, { "events/0": 0, "others/0": 0 });
        await feed.publish([batchOf(0, 1)]);
        await slow.next();
        const publications = Array.from({ length: 1000 }, (_, at) =>
          feed.publish([batchOf(1 + at, 2 + at), batchOf(at, at + 1, "others")]),
        );
        await Promise.all(publications);
        const positions: Record<string, number> = { events: 1, others: 0 };
        for (let read = 0; read < 2000; read++) {
          const { topic, from, to } = await slow.next();
          if (from !== positions[topic])
            throw new Error(`${topic}: read ${from}, not ${positions[topic] ?? "nothing"}`);
          positions[topic] = to;
        }
        expect(positions).toEqual({ events: 1001, others: 1000 });
      }));

    it("wakes many waiting subscribers with one publication", () =>
      withFeed(async (feed) => {
        const readers = Array.from({ length: 20 }, () => new Subscription(feed, { "events/0": 0 }));
        const waiting = readers.map((reader) => reader.ranges(1));
        await feed.publish([batchOf(0, 10)]);
        expect(await Promise.all(waiting)).toEqual(readers.map(() => [[0, 10]]));
        for (const reader of readers) reader.stop();
      }));

    it("ends when the signal aborts, and when the feed closes", () =>
      withFeed(async (feed) => {
        await using one = new Subscription(feed, {});
        const over = one.isOver();
        one.stop();
        expect(await over).toBe(true);
        await using two = new Subscription(feed, {});
        const closed = two.isOver();
        await feed[Symbol.asyncDispose]();
        expect(await closed).toBe(true);
      }));
  });

  describe(`${adapter.name}: random publications`, () => {
    it("gives every reader each range once, with all that was published for it", () =>
      fc.assert(
        fc.asyncProperty(fc.array(publication, { minLength: 1, maxLength: 30 }), fc.nat(40), async (steps, start) => {
          await withFeed(async (feed) => {
            await using live = new Subscription(feed, { "events/0": start });
            let end = 0;
            let position = start;
            for (const { back, ahead, reads } of steps) {
              const from = Math.max(0, end - back);
              await feed.publish([batchOf(from, from + ahead)]);
              end = Math.max(end, from + ahead);
              if (reads) position = await follow(live, position, end);
            }
            expect(await feed.ends()).toEqual({ "events/0": end });
            await follow(live, position, end);
            await using late = new Subscription(feed, { "events/0": 0 });
            await follow(late, 0, end);
          });
        }),
        { numRuns: 40 },
      ));
  });

  describe(`${adapter.name}: retention`, () => {
    it("forgets batches that end at or below a trim", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)]);
        await feed.trim("events", 0, 25);
        await feed.trim("events", 0, 25);
        await feed.trim("nowhere", 0, 25);
        expect(await feed.ends()).toEqual({ "events/0": 30 });
        await using reader = new Subscription(feed, { "events/0": 20 });
        expect(await reader.ranges(1)).toEqual([[20, 30]]);
      }));

    it("tells a cursor below what is held that it has expired", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)]);
        await feed.trim("events", 0, 20);
        await using reader = new Subscription(feed, { "events/0": 19 });
        await expect(reader.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
      }));

    it("tells a reader that fell behind a trim that it has expired, instead of skipping", () =>
      withFeed(async (feed) => {
        await using known = new Subscription(feed, { "events/0": 0 });
        await using unknown = new Subscription(feed, {});
        await feed.publish([batchOf(0, 10)]);
        expect(await known.ranges(1)).toEqual([[0, 10]]);
        await feed.publish([batchOf(10, 20), batchOf(20, 30)]);
        await feed.trim("events", 0, 20);
        await expect(known.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
        await expect(unknown.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
      }));

    it("tells a reader at a gap in what was published that it has expired", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10), batchOf(15, 20)]);
        await using reader = new Subscription(feed, { "events/0": 0 });
        expect(await reader.ranges(1)).toEqual([[0, 10]]);
        await expect(reader.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
        await using behind = new Subscription(feed, { "events/0": 15 });
        expect(await behind.ranges(1)).toEqual([[15, 20]]);
      }));
  });

  describe(`${adapter.name}: progress`, () => {
    it("tells the ends at once, then whenever they grow, and only the newest to a slow reader", () =>
      withFeed(async (feed) => {
        await feed.publish([batchOf(0, 10)]);
        const stop = new AbortController();
        const ends = feed.progress(stop.signal)[Symbol.asyncIterator]();
        expect((await ends.next()).value).toEqual({ "events/0": 10 });
        const waiting = ends.next();
        await feed.publish([batchOf(10, 20)]);
        expect((await waiting).value).toEqual({ "events/0": 20 });
        for (let at = 20; at < 50; at++) await feed.publish([batchOf(at, at + 1)]);
        expect((await ends.next()).value).toEqual({ "events/0": 50 });
        stop.abort();
        expect((await ends.next()).done).toBe(true);
      }));
  });
}
