/** The ingest thread of the embedded profile: opens its own handles on the stores and runs the worker over them. */
import { parentPort, workerData } from "node:worker_threads";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { silentMonitor } from "../../../ingest/worker/ingest-monitor.ts";
import { runIngestWorker, type IngestWorkerDeps } from "../../../ingest/worker/ingest-worker.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openEmbeddedChangeFeed } from "../../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { openEmbeddedStateStore } from "../../../stores/embedded/state-store.ts";
import type { MetricsSnapshot } from "../../telemetry/gather-metrics.ts";
import { openTelemetry, type Telemetry } from "../../telemetry/open-telemetry.ts";
import { dataPaths } from "./data-paths.ts";
import { ReachedOffsets } from "./reached-offsets.ts";
import type { FromIngestThread, IngestThreadData, ToIngestThread } from "./thread-messages.ts";

type MetricsRequest = Extract<ToIngestThread, { kind: "metrics" }>;

const data = workerData as IngestThreadData;
const port = parentPort;
if (port !== null) {
  await run((message) => port.postMessage(message));
  // An open port would keep the thread alive.
  port.close();
}

async function run(tell: (message: FromIngestThread) => void): Promise<void> {
  const paths = dataPaths(data.dataDir);
  await using telemetry = await openThreadTelemetry(tell);
  await using log = await openEmbeddedEventLog({ path: paths.log });
  await using state = await openEmbeddedStateStore(paths.state);
  await using changes = await openEmbeddedChangeFeed({ path: paths.changes });
  await using series = createSeriesStore(connectSeries(data.series));
  const reached = new ReachedOffsets();
  const stores = { log, state, series, changes };
  const deps: IngestWorkerDeps = {
    platform: data.platform,
    ...(telemetry?.watchStores(stores) ?? stores),
    monitor: telemetry?.ingestMonitor("live") ?? silentMonitor,
    hash: await createTextHash(),
    clock: Date.now,
    onProgress(progress) {
      reached.note(progress);
      tell({ kind: "progress", progress });
    },
    onFault: (fault) => tell({ kind: "fault", message: fault === null ? null : fault.message }),
  };

  let main = startWorker(deps, data.generation, data.historyGeneration);
  let rebuild: RunningWorker | null = null;
  const answerMetrics = (id: number): void => {
    const answer = (snapshot: MetricsSnapshot | null): void => tell({ kind: "metrics", id, snapshot });
    (telemetry?.snapshot() ?? Promise.resolve(null)).then(answer, () => answer(null));
  };
  for await (const message of messages(answerMetrics)) {
    switch (message.kind) {
      case "stop":
        await Promise.all([main.stop(), rebuild?.stop()]);
        tell({ kind: "stopped" });
        return;
      case "rebuild":
        rebuild = startWorker(
          { ...deps, changes: null, monitor: telemetry?.ingestMonitor("rebuild") ?? silentMonitor },
          message.generation,
          main.generation,
        );
        break;
      case "cancel-rebuild":
        await rebuild?.stop();
        rebuild = null;
        break;
      case "switch":
        await main.stop();
        // What the old generation included, the new one does before it serves: no answer goes back.
        await reached.until(message.generation, main.generation);
        await rebuild?.stop();
        rebuild = null;
        main = startWorker(deps, message.generation, message.generation);
        tell({ kind: "switched", generation: message.generation });
        break;
    }
  }
}

/** Null where nobody watches. */
async function openThreadTelemetry(tell: (message: FromIngestThread) => void): Promise<Telemetry | null> {
  if (data.telemetry === null) return null;
  const write: Telemetry["write"] = (event) => tell({ kind: "log", event });
  return await openTelemetry(data.telemetry, { thread: "ingest", platform: data.platform, write });
}

interface RunningWorker {
  readonly generation: number;
  stop(): Promise<void>;
}

function startWorker(deps: IngestWorkerDeps, generation: number, historyGeneration: number): RunningWorker {
  const aborter = new AbortController();
  const group = `onefold-models-g${String(generation)}`;
  const running = runIngestWorker(deps, { generation, historyGeneration, group }, aborter.signal);
  return {
    generation,
    async stop() {
      aborter.abort();
      await running;
    },
  };
}

/** Messages of the main thread, in order; what asks for metrics is answered at once. */
async function* messages(answerMetrics: (id: number) => void): AsyncIterable<Exclude<ToIngestThread, MetricsRequest>> {
  const queue: Exclude<ToIngestThread, MetricsRequest>[] = [];
  let wake: () => void = () => undefined;
  port?.on("message", (message: ToIngestThread) => {
    if (message.kind === "metrics") {
      answerMetrics(message.id);
      return;
    }
    queue.push(message);
    wake();
  });
  for (;;) {
    const next = queue.shift();
    if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else yield next;
  }
}
