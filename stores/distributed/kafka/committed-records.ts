/**
 * Of what one fetch gave, the records that count: neither aborted, nor markers of transactions. The client's own filter is
 * not used, for it takes the list of aborted transactions to be in the order of their first offsets, which it is not, and
 * ends at most one of them a record: with two that overlap it lets aborted records through or drops committed ones.
 */

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

export interface CommittedRecords {
  readonly records: readonly FetchedRecord[];
  /** Where to fetch on: above all that was looked at. */
  readonly next: number;
}

/** `records` in offset order, from whole batches: the first may begin below `from`, which is cut off. */
export function committedRecords(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
  from: number,
): CommittedRecords {
  const last = records.at(-1);
  if (last === undefined) return { records, next: from };
  const next = Math.max(from, endOfBatch(last.batchContext));
  return { records: isPlain(records, aborted, from) ? records : sift(records, aborted, from), next };
}

/** The offset behind the batch, whose last records compaction may have taken. */
function endOfBatch({ firstOffset, lastOffsetDelta }: BatchContext): number {
  return Number(firstOffset) + lastOffsetDelta + 1;
}

/** Whether nothing is to be left out; most fetches are like that, and are looked at batch by batch only. */
function isPlain(records: readonly FetchedRecord[], aborted: readonly AbortedTransaction[], from: number): boolean {
  if (aborted.length > 0 || Number(records[0]?.offset) < from) return false;
  let context: BatchContext | undefined;
  for (const record of records) {
    if (record.batchContext === context) continue;
    context = record.batchContext;
    if (context.isControlBatch) return false;
  }
  return true;
}

function sift(
  records: readonly FetchedRecord[],
  aborted: readonly AbortedTransaction[],
  from: number,
): readonly FetchedRecord[] {
  const coming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, first: Number(firstOffset) }))
    .sort((a, b) => a.first - b.first);
  const aborting = new Set<string>();
  let begun = 0;
  return records.filter((record) => {
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
  });
}

/** A marker's key: its version (int16), then 0 for abort and 1 for commit (int16). */
export function isAbortMarker({ key }: FetchedRecord): boolean {
  return key?.readInt16BE(2) === 0;
}
