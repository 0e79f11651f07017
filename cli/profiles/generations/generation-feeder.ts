/** Feeds every generation that is served, built or kept: one worker each in this process, as the record has it. */
import {
  runIngestWorker,
  type IngestWorkerDeps,
  type IngestWorkerOptions,
} from "../../../ingest/worker/ingest-worker.ts";
import type { IngestMonitor } from "../../../ingest/worker/ingest-monitor.ts";
import type { ChangeFeed } from "../../../stores/ports/change-feed.ts";
import type { GenerationRecord } from "../../../stores/ports/state-store.ts";
import type { GenerationWatch } from "./generation-watch.ts";

export interface FeederDeps extends Omit<IngestWorkerDeps, "changes" | "onFault" | "monitor"> {
  readonly changes: ChangeFeed;
  readonly watch: GenerationWatch;
  /** Watches the worker of the serving generation, or one of another. */
  readonly monitorOf: (publishes: boolean) => IngestMonitor;
  /** Told of each fault that made a worker start again, and null once it runs. */
  readonly onFault: (generation: number, fault: Error | null) => void;
}

export type FeederOptions = Omit<IngestWorkerOptions, "generation" | "historyGeneration" | "group">;

/** How one generation is to be fed. */
interface Feeding {
  readonly generation: number;
  /** Whose DWD stands in for what the log no longer holds. */
  readonly history: number;
  /** Only the serving generation tells of changes. */
  readonly publishes: boolean;
}

/** What a process with these declarations has to feed. */
export function feedings(record: GenerationRecord | null, fingerprint: string): readonly Feeding[] {
  if (record === null) return [];
  const { serving, next, kept = [] } = record;
  const wanted = new Set([serving, ...(next === undefined ? [] : [next]), ...kept]);
  return [...wanted]
    .filter((generation) => record.fingerprints[String(generation)] === fingerprint)
    .map((generation) => ({
      generation,
      history: kept.includes(generation) ? generation : serving,
      publishes: generation === serving,
    }));
}

export interface GenerationFeeder extends AsyncDisposable {
  /** Why a generation is not fed well. */
  reasons(): readonly string[];
}

/** Starts and stops workers as the record changes. Disposal lets each finish its batch, flush and leave its group. */
export function startGenerationFeeder(deps: FeederDeps, options: FeederOptions): GenerationFeeder {
  const running = new Map<string, Running>();
  const faults = new Map<number, string>();
  let closed = false;
  let reconciling = Promise.resolve();

  const start = (feeding: Feeding): Running => {
    const { generation, history, publishes } = feeding;
    const stopping = new AbortController();
    const workerDeps: IngestWorkerDeps = {
      ...deps,
      changes: publishes ? deps.changes : null,
      monitor: deps.monitorOf(publishes),
      onFault(fault) {
        if (fault === null) faults.delete(generation);
        else faults.set(generation, fault.message);
        deps.onFault(generation, fault);
      },
    };
    const group = `onefold-models-g${String(generation)}`;
    const work = runIngestWorker(
      workerDeps,
      { ...options, generation, historyGeneration: history, group },
      stopping.signal,
    );
    return {
      async stop() {
        stopping.abort();
        await work;
        faults.delete(generation);
      },
    };
  };

  const reconcile = async (): Promise<void> => {
    const wanted = closed ? [] : feedings(deps.watch.record, deps.platform.fingerprint);
    const byName = new Map(wanted.map((feeding) => [nameOf(feeding), feeding]));
    const ended = [...running].filter(([name]) => !byName.has(name));
    // A generation is never fed twice by one process: who feeds it otherwise has to end first.
    await Promise.all(ended.map(([, worker]) => worker.stop()));
    for (const [name] of ended) running.delete(name);
    for (const [name, feeding] of byName) if (!running.has(name)) running.set(name, start(feeding));
  };
  const turn = (): Promise<void> => (reconciling = reconciling.then(reconcile));
  const stopListening = deps.watch.listen(() => void turn());
  void turn();

  return {
    reasons: () => [...faults.values()],
    async [Symbol.asyncDispose]() {
      closed = true;
      stopListening();
      await turn();
    },
  };
}

interface Running {
  stop(): Promise<void>;
}

function nameOf({ generation, history, publishes }: Feeding): string {
  return `${String(generation)} ${String(history)} ${String(publishes)}`;
}
