/** Starts the ingest thread, keeps it alive, and turns what it says into progress and reasons for health. */
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { SeriesServer } from "../../../stores/embedded/series-server.ts";
import type { BuildingIngest } from "../generations/generation-builder.ts";
import type { LogEventName } from "../../telemetry/log-event.ts";
import { createSnapshotRequests } from "../../telemetry/snapshot-requests.ts";
import type { Telemetry } from "../../telemetry/open-telemetry.ts";
import type { ProgressBook } from "../progress-book.ts";
import type { FromIngestThread, IngestThreadData, ToIngestThread } from "./thread-messages.ts";

const RESTART_DELAY_MS = 1_000;

export interface IngestThread extends BuildingIngest, AsyncDisposable {
  /** Why ingest does not run, if it does not. */
  reasons(): readonly string[];
}

/** A thread that ends by itself is started again; what it was doing goes on from the stores' fences. */
export function startIngestThread(
  data: Omit<IngestThreadData, "series" | "telemetry">,
  deps: { readonly series: SeriesServer; readonly book: ProgressBook; readonly telemetry: Telemetry | null },
): IngestThread {
  const { series, book, telemetry } = deps;
  let generation = data.generation;
  let fault: string | null = null;
  let reported: string | null = null;
  let closing = false;
  let rebuilding: number | null = null;
  let switched: () => void = () => undefined;
  const tell = (message: ToIngestThread): void => worker.postMessage(message);
  const snapshots = createSnapshotRequests((id) => tell({ kind: "metrics", id }));
  telemetry?.addSource(() => snapshots.ask());

  const write = (event: LogEventName, message: string, of: number): void =>
    telemetry?.write({ level: "info", event, message, fields: { generation: of } });

  const start = (): Worker => {
    const port = series.connect();
    const platform = { ...data.platform, domains: [] };
    const watch = { telemetry: telemetry?.options ?? null };
    const workerData: IngestThreadData = { ...data, ...watch, platform, generation, series: port };
    const url = new URL("./ingest-thread.js", import.meta.url);
    const started = new Worker(url, { workerData, transferList: [port], name: "ingest" });
    started.on("message", (message: FromIngestThread) => {
      if (message.kind === "progress") book.record(message.progress);
      else if (message.kind === "fault") fault = message.message;
      else if (message.kind === "switched") switched();
      else if (message.kind === "metrics") snapshots.take(message.id, message.snapshot);
      else if (message.kind === "log") telemetry?.write(message.event);
    });
    started.on(
      "error",
      (error) => (fault = `The ingest thread has failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on("exit", () => {
      if (closing) return;
      fault ??= "The ingest thread has ended.";
      telemetry?.write({ level: "error", event: "ingest.thread_ended", message: fault, fields: { generation } });
      void sleep(RESTART_DELAY_MS).then(restart);
    });
    return started;
  };
  /** A rebuild goes on where its fences stand; a switch that was asked for is made by starting with that generation. */
  const restart = (): void => {
    if (closing) return;
    worker = start();
    if (rebuilding !== null) tell({ kind: "rebuild", generation: rebuilding });
    switched();
  };
  let worker = start();

  return {
    startRebuild(target) {
      rebuilding = target;
      write("generation.building", `Generation ${String(target)} is being built.`, target);
      tell({ kind: "rebuild", generation: target });
    },
    cancelRebuild() {
      rebuilding = null;
      tell({ kind: "cancel-rebuild" });
    },
    async switchTo(next) {
      generation = next;
      rebuilding = null;
      const done = new Promise<void>((resolve) => (switched = resolve));
      tell({ kind: "switch", generation: next });
      await done;
      write("generation.switched", `Ingest feeds generation ${String(next)} from now on.`, next);
    },
    reasons: () => [fault, reported].filter((reason) => reason !== null),
    report: (other) => (reported = other instanceof Error ? other.message : String(other)),
    async [Symbol.asyncDispose]() {
      closing = true;
      // No thread id: it has ended already.
      if (worker.threadId < 0) return;
      const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      tell({ kind: "stop" });
      await ended;
    },
  };
}
