/** Where the log ends now, as a cursor. */
import { partitionKey, type CursorVector } from "../../schema/cursor.ts";
import type { EventLog } from "../../stores/ports/event-log.ts";

/** The cursor that includes everything these topics hold. */
export async function logEnds(log: Pick<EventLog, "ranges">, topics: readonly string[]): Promise<CursorVector> {
  const ends: [string, number][] = [];
  for (const topic of topics) {
    for (const { partition, end } of await log.ranges(topic)) ends.push([partitionKey(topic, partition), end]);
  }
  return Object.fromEntries(ends);
}
