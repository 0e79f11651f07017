/** Logs operations of the gateway that took long: one line each, with where the time went, and never with values of variables. */
import { createHash } from "node:crypto";
import type { GatewayMonitor } from "../../gateway/gateway-monitor.ts";
import type { FetchRecord } from "../../gateway/watch/fetch-record.ts";
import type { OperationRecord } from "../../gateway/watch/operation-record.ts";
import type { WriteLogEvent } from "./log-event.ts";

export interface SlowOperationOptions {
  /** From the request to its answer. */
  readonly thresholdMs: number;
  /** Milliseconds that never go back. @default performance.now */
  readonly now?: () => number;
}

/** Where all is slow, the log must not make it slower: so many lines a window, and then how many there would have been. */
const maxLines = 10;
const windowMs = 10_000;

/** So many reads of subgraphs are told of an operation. */
const maxFetches = 3;

/** A name comes from outside. */
const maxNameLength = 100;

export function createSlowOperationLog(
  write: WriteLogEvent,
  { thresholdMs, now = () => performance.now() }: SlowOperationOptions,
): Pick<Required<GatewayMonitor>, "ended"> {
  let window = { endsAt: 0, lines: 0 };
  let unlogged = 0;
  return {
    ended(record) {
      if (record.totalMs < thresholdMs) return;
      const time = now();
      if (time >= window.endsAt) window = { endsAt: time + windowMs, lines: 0 };
      if (window.lines >= maxLines) {
        unlogged++;
        return;
      }
      window.lines++;
      write({
        level: "warn",
        event: "gateway.slow_operation",
        message: `A ${record.type} took ${Math.round(record.totalMs)} ms.`,
        fields: { ...describe(record), ...(unlogged > 0 && { unlogged }) },
      });
      unlogged = 0;
    },
  };
}

function describe(record: OperationRecord): Readonly<Record<string, string | number | null | readonly object[]>> {
  const { ms, fetches, name, operation } = record;
  const text = operation?.loc?.source.body;
  return {
    requestId: record.requestId,
    operation: name?.slice(0, maxNameLength) ?? null,
    type: record.type,
    door: record.door,
    hash: text === undefined ? null : createHash("sha256").update(text).digest("hex"),
    outcome: record.outcome,
    ...(record.code !== null && { code: record.code }),
    ms: rounded(record.totalMs),
    ...{ parseMs: rounded(ms.parse), planMs: rounded(ms.plan) },
    ...{ fetchMs: rounded(ms.fetch), writeMs: rounded(ms.write) },
    bytes: record.bytes,
    fetches: fetches.length,
    slowest: fetches
      .toSorted((a, b) => b.ms - a.ms)
      .slice(0, maxFetches)
      .map(describeFetch),
  };
}

function describeFetch({ subgraph, ms, outcome, isShared, sent }: FetchRecord): object {
  return {
    ...{ subgraph, ms: rounded(ms), outcome },
    ...(isShared && { shared: true }),
    ...(sent !== undefined && sent.resends > 0 && { resends: sent.resends }),
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
