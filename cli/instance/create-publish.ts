/** How a mutation publishes an event: judged first, appended, and answered when the stores that it asks for include it. */
import { partitionKey } from "../../schema/cursor.ts";
import { OnefoldError } from "../../schema/errors.ts";
import { createRecordKey, type RecordKey } from "../../ingest/sources/record-key.ts";
import { isRejection } from "../../ingest/standardize/rejection.ts";
import type { LogRecord, RecordOrigin } from "../../stores/ports/event-log.ts";
import type { PublishEvent } from "../../subgraphs/runtime/serving-deps.ts";
import type { Engine } from "../profiles/engine.ts";

export interface PublishOptions {
  /** How long an answer waits for its effect: less than the gateway waits for a subgraph. @default 8,000 ms */
  readonly timeoutMs?: number;
}

type PublishDeps = Pick<Engine, "platform" | "log" | "standardizer" | "clock" | "waitFor">;

/** A rejected event is refused and not appended: its sender is there to be told. */
export function createPublish(engine: PublishDeps, { timeoutMs = 8_000 }: PublishOptions = {}): PublishEvent {
  const { platform, log, standardizer, clock } = engine;
  const origin: RecordOrigin = { format: "json", producer: "graphql" };
  const keys = new Map<string, RecordKey>(
    platform.sources.map((source) => [source.topic, createRecordKey(platform, source)]),
  );

  return async (event, raw, acknowledge) => {
    const { topic } = event;
    const time = clock();
    const record: LogRecord = { offset: 0, time, sequence: null, value: Buffer.from(JSON.stringify(raw)), origin };
    const judged = standardizer.standardize(topic, 0, record);
    if (isRejection(judged)) return { kind: "rejected", rule: judged.rule, reason: judged.reason };

    const { value } = record;
    const key = keys.get(topic)?.(value, origin) ?? null;
    const result = await log.append(topic, { origin, time, records: [{ key, value, sequence: null }] });
    const position = result.kind === "appended" ? result.positions[0] : undefined;
    if (position === undefined) throw new OnefoldError("INTERNAL", `An event of ${topic} found no place in the log.`);

    const { partition, offset } = position;
    const placed = standardizer.standardize(topic, partition, { ...record, offset });
    const eventId = isRejection(placed) ? judged.id : placed.id;
    const cursor = { [partitionKey(topic, partition)]: offset + 1 };
    const applied = await engine.waitFor(cursor, acknowledge, timeoutMs);
    return { kind: applied ? "applied" : "timeout", eventId, cursor };
  };
}
