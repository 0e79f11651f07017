/**
 * Whether the copied stores fit together: they were copied one after the other while ingest went on, in the order changes,
 * state, series, log. So the log's copy has all that the others include; what each of them lacks is read from it again.
 */
import type { CursorVector } from "../../schema/cursor.ts";
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { epochStart } from "../../ingest/models/series-accumulator.ts";
import { openEmbeddedChangeFeed } from "../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../stores/embedded/event-log.ts";
import { openEmbeddedStateStore } from "../../stores/embedded/state-store.ts";
import type { StoredFences } from "../../stores/embedded/series-backup.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";
import type { StateStore } from "../../stores/ports/state-store.ts";
import type { DataPaths } from "../profiles/embedded/data-paths.ts";
import type { PartitionCut } from "./manifest.ts";

export interface Cut {
  readonly generation: number;
  readonly partitions: Readonly<Record<string, PartitionCut>>;
}

/**
 * Opens the copies and reads what each includes.
 * @throws OnefoldError BACKUP_INVALID where a store would have to go on from events that the log's copy does not hold
 */
export async function checkCut(paths: Omit<DataPaths, "series">, series: StoredFences): Promise<Cut> {
  await using log = await openEmbeddedEventLog({ path: paths.log });
  await using state = await openEmbeddedStateStore(paths.state);
  await using changes = await openEmbeddedChangeFeed({ path: paths.changes });
  const record = await state.generations();
  if (record === null) throw new OnefoldError("BACKUP_INVALID", "The state store has no generation yet.");
  const generation = record.serving;
  const fences = series.get(generation) ?? {};
  const published = await changes.ends();
  const partitions: Record<string, PartitionCut> = {};
  for (const key of new Set([...Object.keys(fences), ...Object.keys(published)])) {
    const cut = await readCut({ log, state }, { generation, key, fences });
    refuseGap(key, cut, published[key] ?? 0);
    partitions[key] = cut;
  }
  return { generation, partitions };
}

async function readCut(
  { log, state }: { readonly log: EventLog; readonly state: StateStore },
  { generation, key, fences }: { readonly generation: number; readonly key: string; readonly fences: CursorVector },
): Promise<PartitionCut> {
  const slash = key.lastIndexOf("/");
  const [topic, partition] = [key.slice(0, slash), Number(key.slice(slash + 1))];
  const range = (await log.ranges(topic)).find((each) => partitionKey(topic, each.partition) === key);
  if (range === undefined) throw new OnefoldError("BACKUP_INVALID", `The copied log has no ${key}.`);
  const stateTo = Math.min(...(await state.fences(generation, topic, partition)));
  return { start: range.start, end: range.end, state: stateTo, series: fences[key] ?? 0 };
}

function refuseGap(key: string, { start, end, state, series }: PartitionCut, published: number): void {
  if (Math.max(state, series, published) > end) {
    throw new OnefoldError("BACKUP_INVALID", `The copied stores include more of ${key} than the copied log holds.`);
  }
  // As a worker does at its start: from the least that is needed, or, below the log's start, from history.
  if (Math.min(state, epochStart(series)) < start && series < start) {
    throw new OnefoldError("BACKUP_INVALID", `The copied log begins above what the copied stores need of ${key}.`);
  }
}
