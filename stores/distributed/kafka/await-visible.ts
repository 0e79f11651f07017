/** Waits until readers see a transaction: its commit is acknowledged a moment before its markers are written. */
import { setTimeout as wait } from "node:timers/promises";
import type { LogReader } from "./log-reader.ts";
import type { OutgoingBatch } from "./message-batch.ts";
import { within } from "./reopening-client.ts";
import type { StateTable } from "./state-table.ts";

export interface CommittedTransaction {
  /** The name that its state has in the table. */
  readonly attempt: string;
  readonly batches: readonly OutgoingBatch[];
  /** Of each record of each batch. */
  readonly offsets: readonly (readonly number[])[];
}

/** Another's open transaction may hold back the end that readers see; waiting for it is a courtesy, with an end. */
const limitMs = 1000;
const pollMs = 2;

/** Never throws: what is committed stays so, whether it is seen or not. */
export async function awaitVisible(
  deps: { readonly table: StateTable; readonly reader: LogReader },
  committed: CommittedTransaction,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  const all = Promise.all([
    untilInTable(deps.table, committed.attempt, deadline),
    ...[...lastOffsets(committed)].map(([topic, last]) => untilRead(deps.reader, { topic, last, deadline })),
  ]);
  await within(limitMs, "Seeing a transaction", all).catch(() => {});
}

async function untilInTable(table: StateTable, attempt: string, deadline: number): Promise<void> {
  for (;;) {
    await table.catchUp();
    if (table.hasCommitted(attempt) || performance.now() > deadline) return;
    await wait(pollMs);
  }
}

interface AwaitedTopic {
  readonly topic: string;
  /** Of each partition the last offset that is to be seen. */
  readonly last: ReadonlyMap<number, number>;
  readonly deadline: number;
}

async function untilRead(reader: LogReader, { topic, last, deadline }: AwaitedTopic): Promise<void> {
  let waiting = [...last];
  while (waiting.length > 0 && performance.now() < deadline) {
    const ends = await reader.ends(
      topic,
      waiting.map(([partition]) => partition),
    );
    waiting = waiting.filter(([partition, offset]) => (ends.get(partition) ?? 0) <= offset);
    if (waiting.length > 0) await wait(pollMs);
  }
}

function lastOffsets({ batches, offsets }: CommittedTransaction): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const topics = new Map<string, Map<number, number>>();
  batches.forEach(({ topic, records }, batch) => {
    const last = topics.get(topic) ?? new Map<number, number>();
    records.forEach(({ partition }, at) => {
      last.set(partition, offsets[batch]?.[at] ?? -1);
    });
    if (last.size > 0) topics.set(topic, last);
  });
  return topics;
}
