/** Batches whose sums tell on themselves: a member's sum is its shard's fence, or something was lost or counted twice. */
import { expect } from "@jest/globals";
import { SHARDS } from "../../../../schema/model/entity-key.ts";
import type { StateBatch, StateStore } from "../../../../stores/ports/state-store.ts";
import { add, batchOf, topic } from "../../../contracts/state-store.contract.ts";

/** Enough that every shard has some. */
export const countedKeys = Array.from({ length: 400 }, (_, at) => `member:${at}`);

/** Adds to each member as many as the log range is long. */
export function countingBatch(from: number, to: number, generation = 1): StateBatch {
  const members = Object.fromEntries(countedKeys.map((key) => [key, [add("n", to - from)]]));
  return batchOf({ from, to, generation, members });
}

/** Brings every shard up to `to`, as a worker does: from its own fence on. */
export async function catchUp(store: StateStore, to: number): Promise<void> {
  const fences = await store.fences(1, topic, 0);
  for (const from of new Set(fences)) {
    if (from === to) continue;
    const batch = countingBatch(from, to);
    const shards = batch.shards.filter(({ shard }) => fences[shard] === from);
    expect(await store.apply({ ...batch, shards })).toEqual({ moved: [] });
  }
  expect(await store.fences(1, topic, 0)).toEqual(Array.from({ length: SHARDS }, () => to));
}

/** Tries until the store answers; whatever it throws until then must be that it is away. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      expect(fault).toMatchObject({ code: "STORE_UNAVAILABLE" });
    }
  }
}
