/** Deliberate mistakes in the product's compiled code: with each of them, the simulation must fail. */

import type { Mutation } from "./mutated-build.ts";

const processor = "ingest/worker/partition-processor.ts";
const partition = "ingest/worker/run-partition.ts";

export const mutations: readonly Mutation[] = [
  {
    name: "takes every record for a new one",
    file: "ingest/standardize/dedupe-index.ts",
    find: "if (this.#put(high, low, check, offset)) return true;",
    replace: "this.#put(high, low, check, offset);",
  },
  {
    name: "applies without comparing fences",
    file: "stores/memory/state-store.ts",
    find: "if (fence !== shard.from)",
    replace: "if (fence < 0)",
  },
  {
    name: "publishes before it applies",
    file: processor,
    find: "const applying = state.apply(",
    replace: `const { topic: t, partition: p } = this;
      await changes?.publish([{ topic: t, partition: p, from, to, entities: finished.changes }]);
      const applying = state.apply(`,
  },
  {
    name: "says that series include one record more",
    file: "ingest/worker/series-writer.ts",
    find: "fences[processor.key] = pending.to;",
    replace: "fences[processor.key] = pending.to + 1;",
  },
  {
    name: "lets a row of a lower version win",
    file: "stores/memory/series-store.ts",
    find: "before.to <= row.to",
    replace: "true",
  },
  {
    name: "sums up an epoch from the series fence on, not from its start",
    file: processor,
    find: "return Math.min(this.#stateTo, epochStart(this.#seriesFence));",
    replace: "return Math.min(this.#stateTo, this.#seriesFence);",
  },
  {
    name: "does not publish what a crashed worker left unpublished",
    file: partition,
    find: "if (deps.changes !== null) await republishChanges(",
    replace: "if (deps.changes === undefined) await republishChanges(",
  },
  {
    name: "does not keep the dedupe index",
    file: processor,
    find: "segment: segment === null ? null :",
    replace: "segment: segment !== undefined ? null :",
  },
  {
    name: "forgets the dedupe index too early",
    file: processor,
    find: "keepAbove: this.needed - dedupeWindow",
    replace: "keepAbove: to",
  },
  {
    name: "takes a refused batch for an applied one",
    file: processor,
    find: "if (moved.length > 0)",
    replace: "if (moved.length < 0)",
  },
  {
    name: "lists a rejected record each time it is read",
    file: "ingest/quality/quarantine.ts",
    find: "record.offset > reached || !offsets.has(record.offset)",
    replace: "true",
  },
  {
    name: "appends for a producer whose state has moved",
    file: "stores/memory/event-log.ts",
    find: "if (version !== producer.expectedVersion)",
    replace: "if (version < 0)",
  },
  {
    name: "does not notice that an idle partition's state was lost",
    file: partition,
    find: "await processor.checkState();",
    replace: "",
  },
  {
    name: "does not tell of events that another worker applied in part",
    file: "ingest/models/state-model.ts",
    find: "changed.add(member);",
    replace: "if (member.events > 0) changed.add(member);",
  },
  {
    name: "drops a batch that overlaps what is published",
    file: "stores/memory/change-feed.ts",
    find: "if (to <= partition.end) continue;",
    replace: "if (from < partition.end) continue;",
  },
  {
    name: "skips what the log no longer holds",
    file: "ingest/worker/missing-events.ts",
    find: "await processFromHistory(deps, at, start);",
    replace: "await processor.process([], start);",
  },
];
