/** What one answer includes: gathers what each store read says of itself, and gives the least of it. */
import { parsePartitionKey, type CursorVector } from "../../schema/cursor.ts";

export interface CursorCollector {
  /** Notes a read that depends on `topics` and includes `includes`. A partition that the read does not name is at 0. */
  add(topics: readonly string[], includes: CursorVector): void;
  /** Notes a write: the answer includes what it reaches. */
  reach(cursor: CursorVector): void;
  /** The component-wise minimum over the reads, for the topics that they depend on; and what only writes speak of. */
  cursor(): CursorVector;
}

export function createCursorCollector(): CursorCollector {
  /** A batched read is noted once for each of its entities: one vector, more topics. */
  const reads = new Map<CursorVector, Set<string>>();
  const written: Record<string, number> = {};
  return {
    add(topics, includes) {
      const known = reads.get(includes);
      if (known === undefined) reads.set(includes, new Set(topics));
      else for (const topic of topics) known.add(topic);
    },
    reach(cursor) {
      for (const [key, offset] of Object.entries(cursor)) written[key] = Math.max(written[key] ?? 0, offset);
    },
    cursor() {
      const partitions = new Map<string, string>();
      for (const vector of reads.keys()) {
        for (const key of Object.keys(vector)) partitions.set(key, parsePartitionKey(key).topic);
      }
      const least: Record<string, number> = {};
      for (const [vector, topics] of reads) {
        for (const [key, topic] of partitions) {
          if (topics.has(topic)) least[key] = Math.min(least[key] ?? Infinity, vector[key] ?? 0);
        }
      }
      return { ...written, ...least };
    },
  };
}
