/** The push source without a transport: a body of events comes in, each is durable in the log before its answer goes out. */
import { encodeCursor, partitionKey } from "../../../schema/cursor.ts";
import { OnefoldError, type ErrorCode } from "../../../schema/errors.ts";
import type { PlatformModel } from "../../../schema/model/platform.ts";
import type { SourceModel } from "../../../schema/model/source.ts";
import type { AppendBatch, EventLog, LogPosition, RecordOrigin } from "../../../stores/ports/event-log.ts";
import { isRejection } from "../../standardize/rejection.ts";
import type { Standardizer } from "../../standardize/standardize.ts";
import { createRecordKey, keyless, type RecordKey } from "../record-key.ts";
import { splitBody } from "./split-body.ts";

export interface PushSourceDeps {
  readonly log: EventLog;
  readonly platform: PlatformModel;
  readonly standardizer: Standardizer;
  /** UTC epoch milliseconds. */
  readonly clock: () => number;
  /** Told of what no client may see: faults that are not of our catalogue. */
  readonly onFault?: (error: unknown) => void;
}

export interface PushOptions {
  /** @default "", which means: by the body itself */
  readonly contentType?: string | undefined;
  /** Stands in the records' origin. @default "http" */
  readonly producer?: string | undefined;
}

/** What became of one event. `quarantined`: it is kept whole, and `onefold quarantine` shows it. */
export type PushResult = LogPosition & { readonly index: number } & (
    | { readonly status: "accepted"; readonly id: string }
    | { readonly status: "quarantined"; readonly rule: string; readonly reason: string }
  );

export interface PushError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

export type PushAnswer =
  | {
      readonly status: 200;
      readonly body: {
        readonly accepted: number;
        readonly quarantined: number;
        /** One an event, in the body's order. */
        readonly results: readonly PushResult[];
        /** Includes all events of the body: wait for it with `minCursor`. */
        readonly cursor: string;
      };
    }
  | { readonly status: 400 | 403 | 404 | 405 | 413 | 415 | 500 | 503; readonly body: { readonly error: PushError } };

export interface PushSource {
  /** Takes all events of a body, or none. Never throws: a refusal or a fault is an answer, too. */
  push(source: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: PushOptions): Promise<PushAnswer>;
}

const maxBodyBytes = 32 << 20;

/** Every event of a body is appended, also one that breaks its declaration: it goes to the quarantine, and the answer says so. */
export function createPushSource(deps: PushSourceDeps): PushSource {
  const keys = new Map<string, RecordKey>();
  const keyOf = (source: SourceModel, partitions: number): RecordKey => {
    if (partitions === 1) return keyless;
    const key = keys.get(source.name) ?? createRecordKey(deps.platform, source);
    keys.set(source.name, key);
    return key;
  };
  return {
    push: async (name, body, { contentType = "", producer = "http" } = {}) => {
      try {
        const source = findSource(deps.platform, name);
        const events = splitBody(await readBody(body), contentType);
        const topic = await deps.log.createTopic(source.topic, { partitions: 1 });
        const key = keyOf(source, topic.partitions);
        const origin: RecordOrigin = { format: "json", producer };
        const records = events.map((value) => ({ key: key(value, origin), value, sequence: null }));
        return await appendAll(deps, source.topic, { origin, records, time: deps.clock() });
      } catch (error) {
        return answerError(error, deps.onFault);
      }
    },
  };
}

async function appendAll(deps: PushSourceDeps, topic: string, batch: AppendBatch): Promise<PushAnswer> {
  const appended =
    batch.records.length === 0 ? { kind: "appended" as const, positions: [] } : await deps.log.append(topic, batch);
  if (appended.kind !== "appended") throw new OnefoldError("INTERNAL", "An append without a producer found one.");
  const ends: Record<string, number> = {};
  const results = appended.positions.map(({ partition, offset }, index): PushResult => {
    const key = partitionKey(topic, partition);
    ends[key] = Math.max(ends[key] ?? 0, offset + 1);
    const { value } = batch.records[index] ?? { value: new Uint8Array() };
    const record = { offset, time: batch.time, sequence: null, value, origin: batch.origin };
    const event = deps.standardizer.standardize(topic, partition, record);
    if (isRejection(event)) {
      return { index, status: "quarantined", partition, offset, rule: event.rule, reason: event.reason };
    }
    return { index, status: "accepted", partition, offset, id: event.id };
  });
  const quarantined = results.filter(({ status }) => status === "quarantined").length;
  const accepted = results.length - quarantined;
  return { status: 200, body: { accepted, quarantined, results, cursor: encodeCursor(ends) } };
}

/** @throws OnefoldError SOURCE_UNKNOWN */
function findSource(platform: PlatformModel, name: string): SourceModel {
  const source = platform.sources.find((each) => each.name === name);
  if (source !== undefined) return source;
  const known = platform.sources.map((each) => each.name).sort();
  const list = known.length === 0 ? "No source is declared." : `Declared are: ${known.join(", ")}.`;
  throw new OnefoldError("SOURCE_UNKNOWN", `There is no source ${JSON.stringify(name.slice(0, 100))}. ${list}`);
}

async function readBody(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw new OnefoldError("INPUT_TOO_LARGE", "The body has more than 32 MiB. Nothing of it was taken.", {
        remedy: "Send it in parts of at most 32 MiB and 50,000 events each.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const statuses: Partial<Record<ErrorCode, 400 | 404 | 413 | 500>> = {
  INPUT_INVALID: 400,
  SOURCE_UNKNOWN: 404,
  INPUT_TOO_LARGE: 413,
  INTERNAL: 500,
};

function answerError(error: unknown, onFault: ((error: unknown) => void) | undefined): PushAnswer {
  const known = error instanceof OnefoldError && error.code !== "INTERNAL";
  if (!known) onFault?.(error);
  const { code, message, remedy } = known ? error : new OnefoldError("INTERNAL", "The events could not be taken.");
  return { status: statuses[code] ?? 503, body: { error: { code, message, remedy } } };
}
