/** Retention: forgets what is old in the log and the change feed, but only what every store includes. */
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import { epochStart } from "../models/series-accumulator.ts";
import type { PartitionProcessor } from "./partition-processor.ts";

/** @default 7 days */
export const LOG_RETENTION_MS = 7 * 86_400_000;

/** Trims one partition below `now − retention`, and never above what state, DWD and the open epoch still need. */
export async function trimLog(
  deps: { readonly log: EventLog; readonly changes: ChangeFeed },
  processor: PartitionProcessor,
  horizonMs: number,
): Promise<void> {
  const { topic, partition } = processor;
  const needed = Math.min(processor.stateTo, epochStart(processor.seriesFence));
  const range = (await deps.log.ranges(topic)).find((candidate) => candidate.partition === partition);
  let before = range?.start ?? 0;
  while (before < needed) {
    const chunk = await deps.log.read(topic, partition, before, { maxRecords: 4096 });
    const last = chunk.records.at(-1);
    if (last === undefined || last.time >= horizonMs || chunk.next > needed) break;
    before = chunk.next;
  }
  if (before === (range?.start ?? 0)) return;
  await deps.log.trim(topic, partition, before);
  await deps.changes.trim(topic, partition, before);
}
