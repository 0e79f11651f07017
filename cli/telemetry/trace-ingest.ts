/**
 * Traces what the worker does with traced records: the batch continues the trace of its first traced append, and links
 * to those of the others; its series write comes later, and continues the batch.
 *
 *     append ──> ingest batch ──> read, standardize, quarantine, state, changes
 *                            └──> series            (links to the other batches that it writes)
 */
import { SpanKind, type Link, type Span, type SpanContext } from "@opentelemetry/api";
import type { LogRecord } from "../../stores/ports/event-log.ts";
import type { Sequence } from "../../stores/ports/sequence.ts";
import {
  MAX_TRACES,
  silentBatch,
  type BatchMonitor,
  type BatchResult,
  type IngestMonitor,
} from "../../ingest/worker/ingest-monitor.ts";
import { contextOf, formatTraceparent, isSampled, parseTraceparent } from "./trace-context.ts";
import { endSpan, type Tracing } from "./tracing.ts";

/** Batches without a traced record make no spans. */
export function createIngestTracer(tracing: Tracing): IngestMonitor {
  return {
    batch: ({ topic, partition }) => new TracedBatch(tracing, { topic, partition }),
    seriesWrite({ rows, traceparents }) {
      const contexts = traceparents.flatMap((text) => parseTraceparent(text) ?? []);
      const [first = null, ...others] = contexts;
      if (first === null) return () => undefined;
      const options = { links: others.map(toLink), attributes: { "onefold.rows": rows } };
      const span = tracing.start("series", options, contextOf(first));
      return (fault) => endSpan(span, fault);
    },
    running: () => undefined,
    fault: () => undefined,
  };
}

class TracedBatch implements BatchMonitor {
  readonly #tracing: Tracing;
  readonly #at: { readonly topic: string; readonly partition: number };
  readonly #readStarted = Date.now();
  #span: Span | null = null;
  #stage: Span | null = null;
  traceparent: string | null = null;

  constructor(tracing: Tracing, at: { readonly topic: string; readonly partition: number }) {
    this.#tracing = tracing;
    this.#at = at;
  }

  read(records: Sequence<LogRecord>): void {
    const { contexts, firstAppend } = tracedAppends(records);
    const [first, ...others] = contexts;
    if (first === undefined) return;
    // The worker was already waiting when the record came: its batch begins with the record.
    const startTime = Math.min(Date.now(), Math.max(this.#readStarted, firstAppend));
    const { topic, partition } = this.#at;
    const attributes = {
      "messaging.system": "onefold",
      "messaging.operation.type": "process",
      "messaging.destination.name": topic,
      "messaging.destination.partition.id": String(partition),
      "messaging.batch.message_count": records.length,
    };
    const options = { kind: SpanKind.CONSUMER, startTime, links: others.map(toLink), attributes };
    const span = this.#tracing.start(`ingest ${topic}`, options, contextOf(first));
    this.#span = span;
    this.traceparent = formatTraceparent(span.spanContext());
    this.#child(span, "read", startTime).end();
  }

  stage(stage: Parameters<BatchMonitor["stage"]>[0]): ReturnType<BatchMonitor["stage"]> {
    if (this.#span === null) return silentBatch.stage(stage);
    const span = this.#child(this.#span, stage);
    this.#stage = span;
    return (fault) => {
      endSpan(span, fault);
      if (this.#stage === span) this.#stage = null;
    };
  }

  done({ outcomes }: BatchResult): void {
    const { applied, duplicates, quarantined, late } = outcomes;
    this.#span?.setAttributes({
      "onefold.applied": applied,
      "onefold.duplicates": duplicates,
      "onefold.quarantined": quarantined,
      "onefold.late": late,
    });
    this.#span?.end();
  }

  failed(fault: unknown): void {
    // A stage that threw between two waits has not been ended by itself.
    if (this.#stage !== null) endSpan(this.#stage, fault);
    if (this.#span !== null) endSpan(this.#span, fault);
  }

  #child(parent: Span, name: string, startTime?: number): Span {
    const options = startTime === undefined ? {} : { startTime };
    return this.#tracing.start(name, options, contextOf(parent.spanContext()));
  }
}

/** The sampled appends that the records come from, each once, and when the first of them was. Origins are shared by the records of an append. */
function tracedAppends(records: Sequence<LogRecord>): {
  readonly contexts: readonly SpanContext[];
  readonly firstAppend: number;
} {
  const found = new Map<string, SpanContext>();
  let firstAppend = Infinity;
  let last: LogRecord["origin"] | null = null;
  for (const { origin, time } of records) {
    if (origin === last) continue;
    last = origin;
    const { traceparent } = origin;
    if (traceparent === undefined || found.size > MAX_TRACES) continue;
    const context = found.has(traceparent) ? null : parseTraceparent(traceparent);
    if (context === null || !isSampled(context)) continue;
    found.set(traceparent, context);
    firstAppend = Math.min(firstAppend, time);
  }
  return { contexts: [...found.values()], firstAppend };
}

function toLink(context: SpanContext): Link {
  return { context };
}
