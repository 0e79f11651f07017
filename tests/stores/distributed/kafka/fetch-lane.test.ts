/** One fetch a broker at a time, and in it all that is wanted: no stream waits out the long poll of another. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import type { FetchClient, FetchedPartition, FetchPlace } from "../../../../stores/distributed/kafka/fetch-client.ts";
import { FetchLane } from "../../../../stores/distributed/kafka/fetch-lane.ts";
import { PartitionStream } from "../../../../stores/distributed/kafka/partition-stream.ts";

const limits = { maxWaitMs: 100, maxBytesPerPartition: 1, maxBytes: 1, committed: true };
const streams = [0, 1, 2].map(
  (partition) =>
    new PartitionStream({ topic: "events", partition, from: 0 }, () => ({ offset: 0, value: Buffer.alloc(0) })),
);

function openLane(paceMs: number) {
  const fetches: { readonly partitions: readonly number[]; readonly at: number }[] = [];
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  const client: Pick<FetchClient, "leaderOf" | "fetch"> = {
    leaderOf: () => Promise.resolve("1"),
    async fetch(_leader: string, places: readonly FetchPlace[]): Promise<readonly FetchedPartition[]> {
      fetches.push({ partitions: places.map(({ partition }) => partition), at: performance.now() });
      if (fetches.length === 4) end();
      await sleep(1);
      return places.map((place) => ({ ...place, highWatermark: 0, stableEnd: 0, aborted: [], batches: [] }));
    },
  };
  const lane: FetchLane = new FetchLane({
    ...{ client: client as FetchClient, limits, paceMs },
    onEnded: (stream) => (fetches.length < 4 ? lane.want(stream) : undefined),
  });
  return { lane, fetches, done };
}

describe("a fetch lane", () => {
  it("takes into each fetch all that is wanted in one turn, also what goes on after the one before", async () => {
    const { lane, fetches, done } = openLane(0);
    for (const stream of streams) lane.want(stream);
    await done;
    for (const { partitions } of fetches) expect([...partitions].sort()).toEqual([0, 1, 2]);
  });

  it("begins no fetch of a broker sooner after the one before than its pace", async () => {
    const { lane, fetches, done } = openLane(40);
    for (const stream of streams) lane.want(stream);
    await done;
    // Timers may fire up to a millisecond early, and the one before as much late.
    for (let i = 1; i < fetches.length; i++) {
      expect((fetches[i]?.at ?? 0) - (fetches[i - 1]?.at ?? 0)).toBeGreaterThanOrEqual(37);
    }
  });
});
