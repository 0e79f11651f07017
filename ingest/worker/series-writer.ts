/** Flushes the series rows of all partitions on its own clock, one flush at a time, and tells what the store includes. */
import type { CursorVector } from "../../schema/cursor.ts";
import type { SeriesBatch, SeriesStore, TableRows } from "../../stores/ports/series-store.ts";
import { during, MAX_TRACES, type IngestMonitor } from "./ingest-monitor.ts";
import type { PartitionProcessor, PendingRows } from "./partition-processor.ts";
import type { Pause } from "./pause.ts";

export interface SeriesWriterOptions {
  /** @default 1000 ms between flushes */
  readonly intervalMs?: number;
  /** Flushes earlier when this many rows wait. @default 50,000 */
  readonly maxRows?: number;
}

export interface SeriesWriter {
  add(processor: PartitionProcessor): void;
  remove(processor: PartitionProcessor): void;
  /** Resolves at once while there is room; waits for the store when rows pile up: the stages before it slow down with it. */
  room(): Promise<void>;
  /** Writes what waits and resolves when the store includes it. */
  flush(): Promise<void>;
  /** Flushes on the clock until `signal` aborts. Rejects when the store refuses. */
  run(signal: AbortSignal): Promise<void>;
}

export function createSeriesWriter(
  deps: {
    readonly series: SeriesStore;
    readonly generation: number;
    readonly pause: Pause;
    readonly monitor: IngestMonitor;
    readonly onFlushed: () => void;
  },
  options: SeriesWriterOptions = {},
): SeriesWriter {
  const maxRows = options.maxRows ?? 50_000;
  const intervalMs = options.intervalMs ?? 1000;
  const processors = new Set<PartitionProcessor>();
  let inFlight: Promise<void> | null = null;
  // Rows that were taken and not written exist nowhere else, so one refusal ends this writer.
  let refusal: { readonly fault: unknown } | null = null;

  const pendingRows = (): number => [...processors].reduce((sum, { pendingRows: rows }) => sum + rows, 0);

  const write = async (): Promise<void> => {
    const taken = (await Promise.all([...processors].map(takeFrom))).flat();
    if (taken.length === 0) return;
    const rows = taken.reduce((sum, { pending }) => sum + pending.rows, 0);
    const traceparents = taken.flatMap(({ pending }) => pending.traceparents).slice(0, MAX_TRACES);
    const written = deps.monitor.seriesWrite({ rows, traceparents });
    await during(written, deps.series.write(toBatch(deps.generation, taken)));
    for (const { processor, pending } of taken) processor.seriesReached(pending.to);
    deps.onFlushed();
  };

  const flush = async (): Promise<void> => {
    while (inFlight !== null) await inFlight;
    if (refusal !== null) throw refusal.fault;
    inFlight = write()
      .catch((fault: unknown) => void (refusal = { fault }))
      .finally(() => void (inFlight = null));
    await inFlight;
    if (refusal !== null) throw (refusal as { readonly fault: unknown }).fault;
  };

  return {
    add: (processor) => void processors.add(processor),
    remove: (processor) => void processors.delete(processor),
    flush,
    async room() {
      if (refusal !== null) throw refusal.fault;
      if (pendingRows() < maxRows) return;
      if (inFlight === null) void flush().catch(() => undefined);
      else await inFlight;
    },
    async run(signal) {
      while (!signal.aborted) {
        await deps.pause(intervalMs, signal);
        await flush();
      }
    },
  };
}

interface Taken {
  readonly processor: PartitionProcessor;
  readonly pending: PendingRows;
}

async function takeFrom(processor: PartitionProcessor): Promise<readonly Taken[]> {
  const pending = await processor.takePending();
  return pending === null ? [] : [{ processor, pending }];
}

function toBatch(generation: number, taken: readonly Taken[]): SeriesBatch {
  const fences: Record<string, number> = {};
  const rows: TableRows[] = [];
  for (const { processor, pending } of taken) {
    fences[processor.key] = pending.to;
    for (const { table, rows: of } of pending.history) rows.push({ table, kind: "history", rows: of });
    for (const { table, rows: of } of pending.buckets) rows.push({ table, kind: "buckets", rows: of });
  }
  return { generation, rows, fences: fences satisfies CursorVector };
}
