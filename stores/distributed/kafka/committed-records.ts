/**
 * Of what one fetch gave, the records that count: neither aborted, nor markers of transactions. The client's own filter is
 * not used, for it takes the list of aborted transactions to be in the order of their first offsets, which it is not, and
 * ends at most one of them a record: with two that overlap it lets aborted records through or drops committed ones.
 */
import type { Sequence } from "../../ports/sequence.ts";

/** What all records of one batch share. */
export interface BatchContext {
  readonly firstOffset: string | number;
  readonly lastOffsetDelta: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly producerId: string;
}

/** A record as the client decodes it, with texts for 64-bit numbers, or as `record-batches.ts` does. */
export interface FetchedRecord {
  readonly offset: string | number;
  readonly timestamp: string | number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[] | undefined>>;
  readonly batchContext: BatchContext;
}

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** The records of one batch, in offset order. */
export interface FetchedBatch extends Sequence<FetchedRecord> {
  readonly context: BatchContext;
  /** About how many bytes it keeps in memory, and at least those of its values. */
  readonly size: number;
}

export interface CommittedRecords {
  readonly batches: readonly FetchedBatch[];
  /** Where to fetch on: above all that was looked at. */
  readonly next: number;
}

/** `batches` in offset order, whole: the first may begin below `from`, which is cut off. */
export function committedRecords(
  batches: readonly FetchedBatch[],
  aborted: readonly AbortedTransaction[],
  from: number,
): CommittedRecords {
  const last = batches.at(-1);
  if (last === undefined) return { batches, next: from };
  const next = Math.max(from, endOfBatch(last.context));
  return { batches: isPlain(batches, aborted, from) ? batches : sift(batches, aborted, from), next };
}

/** The offset behind the batch, whose last records compaction may have taken. */
export function endOfBatch({ firstOffset, lastOffsetDelta }: BatchContext): number {
  return Number(firstOffset) + lastOffsetDelta + 1;
}

/** Whether nothing is to be left out, which is so of most fetches: their records are not looked at here. */
function isPlain(batches: readonly FetchedBatch[], aborted: readonly AbortedTransaction[], from: number): boolean {
  if (aborted.length > 0 || Number(batches[0]?.context.firstOffset) < from) return false;
  return batches.every(({ context }) => !context.isControlBatch);
}

function sift(
  batches: readonly FetchedBatch[],
  aborted: readonly AbortedTransaction[],
  from: number,
): readonly FetchedBatch[] {
  const coming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .sort((a, b) => a.first - b.first);
  const aborting = new Set<string>();
  let begun = 0;
  const isCommitted = (record: FetchedRecord): boolean => {
    const offset = Number(record.offset);
    const { producerId, inTransaction, isControlBatch } = record.batchContext;
    for (let next = coming[begun]; next !== undefined && next.first <= offset; next = coming[++begun]) {
      aborting.add(next.producerId);
    }
    if (isControlBatch) {
      if (isAbortMarker(record)) aborting.delete(producerId);
      return false;
    }
    return offset >= from && !(inTransaction && aborting.has(producerId));
  };
  return batches.flatMap((batch) => {
    const kept = [...batch].filter(isCommitted);
    return kept.length === 0 ? [] : [batchOf(batch, kept)];
  });
}

function batchOf({ context, size }: Pick<FetchedBatch, "context" | "size">, records: readonly FetchedRecord[]) {
  const { length } = records;
  return { context, size, length, [Symbol.iterator]: () => records[Symbol.iterator]() } satisfies FetchedBatch;
}

/** What a record takes besides its value. */
const recordBytes = 100;

/** Records as the client decodes them, by batch. */
export function batchesOf(records: readonly FetchedRecord[]): readonly FetchedBatch[] {
  const batches: FetchedBatch[] = [];
  for (let at = 0, end = 0; at < records.length; at = end) {
    const context = records[at]?.batchContext;
    if (context === undefined) break;
    while (records[end]?.batchContext === context) end++;
    const of = records.slice(at, end);
    const size = of.reduce((sum, { value }) => sum + recordBytes + (value?.length ?? 0), 0);
    batches.push(batchOf({ context, size }, of));
  }
  return batches;
}

/** A marker's key: its version (int16), then 0 for abort and 1 for commit (int16). */
export function isAbortMarker({ key }: FetchedRecord): boolean {
  return key?.readInt16BE(2) === 0;
}
