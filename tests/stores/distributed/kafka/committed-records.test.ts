/** Which of the fetched records count: whole transactions or none, whatever order their aborts are told in. */
import { describe, expect, it } from "@jest/globals";
import {
  batchesOf,
  committedRecords as committedBatches,
  type AbortedTransaction,
  type BatchContext,
  type CommittedRecords,
  type FetchedRecord,
} from "../../../../stores/distributed/kafka/committed-records.ts";

/** Records of one batch from `first` on; `producerId` for those of a transaction. */
function batch(first: number, count: number, producerId?: string, lastOffsetDelta = count - 1): FetchedRecord[] {
  return records(first, count, {
    firstOffset: String(first),
    lastOffsetDelta,
    inTransaction: producerId !== undefined,
    isControlBatch: false,
    producerId: producerId ?? "-1",
  });
}

function marker(offset: number, producerId: string, type: "abort" | "commit"): FetchedRecord[] {
  const context = {
    firstOffset: String(offset),
    lastOffsetDelta: 0,
    inTransaction: true,
    isControlBatch: true,
    producerId,
  };
  return records(offset, 1, context, Buffer.from([0, 0, 0, type === "abort" ? 0 : 1]));
}

function records(first: number, count: number, batchContext: BatchContext, key: Buffer | null = null): FetchedRecord[] {
  return Array.from({ length: count }, (_, at) => {
    return { offset: String(first + at), timestamp: "0", key, value: null, headers: {}, batchContext };
  });
}

function committedRecords(fetched: readonly FetchedRecord[], aborted: readonly AbortedTransaction[], from: number) {
  return committedBatches(batchesOf(fetched), aborted, from);
}

function offsetsOf({ batches }: CommittedRecords): number[] {
  return batches.flatMap((found) => [...found].map(({ offset }) => Number(offset)));
}

describe("the records that count", () => {
  it("are all where nothing is aborted, and reading goes on behind the last batch, also where compaction took its end", () => {
    const found = committedRecords([...batch(5, 2), ...batch(7, 2, "1", 9)], [], 5);
    expect(offsetsOf(found)).toEqual([5, 6, 7, 8]);
    expect(found.next).toBe(17);
  });

  it("begin at the place asked for, inside a batch", () => {
    expect(offsetsOf(committedRecords(batch(5, 4), [], 7))).toEqual([7, 8]);
  });

  it("leave out markers, and are none when there is nothing else, above which reading goes on", () => {
    expect(committedRecords(marker(3, "1", "commit"), [], 3)).toEqual({ batches: [], next: 4 });
    expect(committedRecords([], [], 3)).toEqual({ batches: [], next: 3 });
  });

  it("leave out two transactions that overlap, told in the order of their ends", () => {
    const fetched = [...batch(5, 2, "B"), ...batch(7, 2, "A"), ...batch(9, 1, "C"), ...marker(10, "A", "abort")];
    fetched.push(...batch(11, 1, "A"), ...marker(12, "B", "abort"), ...batch(13, 1, "B"));
    const aborted = [
      { producerId: "A", firstOffset: "7" },
      { producerId: "B", firstOffset: "5" },
    ];
    expect(offsetsOf(committedRecords(fetched, aborted, 5))).toEqual([9, 11, 13]);
  });

  it("leave out what of several begun transactions lies behind the place asked for", () => {
    const fetched = [...batch(8, 1, "B"), ...batch(9, 1, "A"), ...marker(10, "A", "abort"), ...batch(11, 1, "A")];
    const aborted = [
      { producerId: "A", firstOffset: "5" },
      { producerId: "B", firstOffset: "7" },
    ];
    expect(offsetsOf(committedRecords(fetched, aborted, 8))).toEqual([11]);
  });

  it("keep what a producer wrote outside of its aborted transaction", () => {
    const fetched = [...batch(1, 1, "A"), ...marker(2, "A", "commit"), ...batch(3, 1, "A"), ...marker(4, "A", "abort")];
    expect(offsetsOf(committedRecords(fetched, [{ producerId: "A", firstOffset: "3" }], 0))).toEqual([1]);
  });
});
