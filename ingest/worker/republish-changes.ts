/** Publishes changes that a worker applied but did not live to publish: a change is never missing from the feed. */
import type { ChangeFeed } from "../../stores/ports/change-feed.ts";
import type { EventLog, LogChunk } from "../../stores/ports/event-log.ts";
import { LogCorruptError } from "../../stores/ports/log-corrupt-error.ts";
import type { StateModel } from "../models/state-model.ts";
import { isRejection } from "../standardize/rejection.ts";
import type { Standardizer } from "../standardize/standardize.ts";
import type { PartitionProcessor } from "./partition-processor.ts";

const NO_FENCES: readonly number[] = [];

/**
 * Brings the feed up to what the state store includes. Duplicates among the re-read events are published, too: a change
 * says "read again", which may be said once too often. What changed in a stretch that the log has lost is unknown: it
 * is left out, and whoever stands before that gap is told by the feed to read everything again.
 */
export async function republishChanges(
  deps: {
    readonly log: EventLog;
    readonly changes: ChangeFeed;
    readonly standardizer: Standardizer;
    readonly stateModel: StateModel;
  },
  processor: PartitionProcessor,
): Promise<void> {
  const { topic, partition, stateTo } = processor;
  const published = (await deps.changes.ends())[processor.key] ?? 0;
  const start = (await deps.log.ranges(topic)).find((range) => range.partition === partition)?.start ?? 0;
  for (let from = Math.max(published, start); from < stateTo;) {
    const chunk = await readOrSkip(() =>
      deps.log.read(topic, partition, from, { maxRecords: Math.min(4096, stateTo - from) }),
    );
    if (typeof chunk === "number") {
      from = chunk;
      continue;
    }
    const to = Math.min(chunk.next, stateTo);
    if (to <= from) return;
    const batch = deps.stateModel.createBatch();
    for (const record of chunk.records) {
      const event = deps.standardizer.standardize(topic, partition, record);
      if (!isRejection(event)) batch.add(event, NO_FENCES);
    }
    await deps.changes.publish([{ topic, partition, from, to, entities: batch.finish(NO_FENCES).changes }]);
    from = to;
  }
}

/** The chunk, or where to go on behind a torn stretch. */
async function readOrSkip(read: () => Promise<LogChunk>): Promise<LogChunk | number> {
  try {
    return await read();
  } catch (fault) {
    if (fault instanceof LogCorruptError) return fault.lost.next;
    throw fault;
  }
}
