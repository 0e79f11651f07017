/** Retention: forgets what is old in the log and the change feed, but only what every store includes. */
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, LogChunk } from "../../stores/ports/event-log.ts";
import { LogCorruptError } from "../../stores/ports/log-corrupt-error.ts";
import type { PartitionProcessor } from "./partition-processor.ts";

/** @default 7 days */
export const LOG_RETENTION_MS = 7 * 86_400_000;

/** Trims one partition below `now − retention`, and never above what state, DWD and the open epoch still need. */
export async function trimLog(
  deps: { readonly log: EventLog; readonly changes: ChangeFeed },
  processor: PartitionProcessor,
  horizonMs: number,
): Promise<void> {
  const { topic, partition, needed } = processor;
  const range = (await deps.log.ranges(topic)).find((candidate) => candidate.partition === partition);
  let before = range?.start ?? 0;
  while (before < needed) {
    const chunk = await readChunk(deps.log, { topic, partition, from: before });
    let last = -Infinity;
    for (const { time } of chunk.records) last = time;
    if (last >= horizonMs || chunk.next > needed || chunk.next === before) break;
    before = chunk.next;
  }
  if (before === (range?.start ?? 0)) return;
  await deps.log.trim(topic, partition, before);
  await deps.changes.trim(topic, partition, before);
}

/** A torn stretch is as old as what is around it, and was reported when it was to be processed. */
async function readChunk(
  log: EventLog,
  { topic, partition, from }: { readonly topic: string; readonly partition: number; readonly from: number },
): Promise<LogChunk> {
  try {
    return await log.read(topic, partition, from, { maxRecords: 4096 });
  } catch (fault) {
    if (fault instanceof LogCorruptError) return { records: [], next: fault.lost.next };
    throw fault;
  }
}
