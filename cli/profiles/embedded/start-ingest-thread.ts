/** Starts the ingest thread, keeps it alive, and turns what it says into progress and reasons for health. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { SeriesServer } from "../../../stores/embedded/series-server.ts";
import type { ProgressBook } from "../progress-book.ts";
import type { FromIngestThread, IngestThreadData, ToIngestThread } from "./thread-messages.ts";

const RESTART_DELAY_MS = 1_000;

export interface IngestThread extends AsyncDisposable {
  tell(message: ToIngestThread): void;
  /** Feeds only this generation from now on; resolves when the thread does. */
  switchTo(generation: number): Promise<void>;
  /** Why ingest does not run, if it does not. */
  reasons(): readonly string[];
  /** Adds a fault that is not the thread's own to the reasons. */
  report(fault: unknown): void;
}

/** A thread that ends by itself is started again; what it was doing goes on from the stores' fences. */
export function startIngestThread(
  data: Omit<IngestThreadData, "series">,
  series: SeriesServer,
  book: ProgressBook,
): IngestThread {
  let generation = data.generation;
  let fault: string | null = null;
  let reported: string | null = null;
  let closing = false;
  const switched = new Set<() => void>();

  const start = (): Worker => {
    const port = series.connect();
    const platform = { ...data.platform, domains: [] };
    const workerData: IngestThreadData = { ...data, platform, generation, series: port };
    const url = new URL("./ingest-thread.js", import.meta.url);
    const started = new Worker(url, { workerData, transferList: [port], name: "ingest" });
    started.on("message", (message: FromIngestThread) => {
      if (message.kind === "progress") book.record(message.progress);
      else if (message.kind === "fault") fault = message.message;
      else if (message.kind === "switched") for (const resolve of switched) resolve();
    });
    started.on(
      "error",
      (error) => (fault = `The ingest thread has failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on("exit", () => {
      if (closing) return;
      fault ??= "The ingest thread has ended.";
      void sleep(RESTART_DELAY_MS).then(() => {
        if (!closing) worker = start();
      });
    });
    return started;
  };
  let worker = start();

  return {
    tell: (message) => worker.postMessage(message),
    async switchTo(next) {
      generation = next;
      const done = new Promise<void>((resolve) => switched.add(resolve));
      worker.postMessage({ kind: "switch", generation: next } satisfies ToIngestThread);
      await done;
      switched.clear();
    },
    reasons: () => [fault, reported].filter((reason) => reason !== null),
    report: (other) => (reported = other instanceof Error ? other.message : String(other)),
    async [Symbol.asyncDispose]() {
      closing = true;
      const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      worker.postMessage({ kind: "stop" } satisfies ToIngestThread);
      await ended;
    },
  };
}
