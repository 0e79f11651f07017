/** What every ChangeFeed keeps that outlives its process, and that several threads open at once. */
import { describe, expect, it } from "@jest/globals";
import type { ChangeBatch } from "../../stores/ports/change-feed.ts";
import { startThread } from "../support/start-program.ts";
import { openTemporaryFolder } from "../support/temporary-folder.ts";
import { batchOf, Subscription, type ChangeFeedAdapter } from "./change-feed.contract.ts";

export interface DurableChangeFeedAdapter extends ChangeFeedAdapter {
  /** A program of tests/support/programs that subscribes to this adapter on a folder. */
  readonly feedThread: string;
}

export function durableChangeFeedContract(adapter: DurableChangeFeedAdapter): void {
  describe(`${adapter.name}: durability`, () => {
    it("has batches, ends and trims again after reopening", async () => {
      await using folder = await openTemporaryFolder();
      await (async () => {
        await using feed = await adapter.open(folder.path);
        await feed.publish([batchOf(0, 10), batchOf(10, 20), batchOf(20, 30)]);
        await feed.trim("events", 0, 10);
      })();
      await using feed = await adapter.open(folder.path);
      expect(await feed.ends()).toEqual({ "events/0": 30 });
      await using reader = new Subscription(feed, { "events/0": 10 });
      expect([{ ...(await reader.next()) }, { ...(await reader.next()) }]).toEqual([batchOf(10, 20), batchOf(20, 30)]);
      await using expired = new Subscription(feed, { "events/0": 9 });
      await expect(expired.next()).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
    });

    it("reaches subscribers in other threads, each batch once and in order", async () => {
      await using folder = await openTemporaryFolder();
      await using feed = await adapter.open(folder.path);
      await using thread = await startThread(adapter.feedThread, { path: folder.path, until: 100 });
      expect(await thread.message()).toBe("following");
      const received: unknown[] = [];
      for (let at = 0; at < 100; at++) {
        await feed.publish([batchOf(at, at + 1)]);
        // Every tenth publication waits until the other side has everything, so that the reader does wait, too.
        while (at % 10 === 9 && received.length <= at) received.push(await thread.message());
      }
      expect(received).toEqual(
        Array.from({ length: 100 }, (_, at): Partial<ChangeBatch> => {
          const { from, to, entities } = batchOf(at, at + 1);
          return { from, to, entities };
        }),
      );
    });

    it("takes publications from several who opened it", async () => {
      await using folder = await openTemporaryFolder();
      await using one = await adapter.open(folder.path);
      await using two = await adapter.open(folder.path);
      await using reader = new Subscription(two, { "events/0": 0 });
      await Promise.all([one.publish([batchOf(0, 10)]), two.publish([batchOf(0, 10)])]);
      await one.publish([batchOf(10, 20)]);
      await two.publish([batchOf(15, 30)]);
      expect(await reader.ranges(3)).toEqual([
        [0, 10],
        [10, 20],
        [20, 30],
      ]);
    });
  });
}
