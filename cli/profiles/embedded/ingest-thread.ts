/** The ingest thread of the embedded profile: opens its own handles on the stores and runs the worker over them. */
import { parentPort, workerData } from "node:worker_threads";
import { createTextHash } from "../../../ingest/standardize/text-hash.ts";
import { runIngestWorker, type IngestWorkerDeps } from "../../../ingest/worker/ingest-worker.ts";
import { createSeriesStore } from "../../../stores/clickhouse/series-store.ts";
import { openEmbeddedChangeFeed } from "../../../stores/embedded/change-feed.ts";
import { openEmbeddedEventLog } from "../../../stores/embedded/event-log.ts";
import { connectSeries } from "../../../stores/embedded/series-connection.ts";
import { openEmbeddedStateStore } from "../../../stores/embedded/state-store.ts";
import { dataPaths } from "./data-paths.ts";
import { ReachedOffsets } from "./reached-offsets.ts";
import type { FromIngestThread, IngestThreadData, ToIngestThread } from "./thread-messages.ts";

const data = workerData as IngestThreadData;
const port = parentPort;
if (port !== null) {
  await run((message) => port.postMessage(message));
  // An open port would keep the thread alive.
  port.close();
}

async function run(tell: (message: FromIngestThread) => void): Promise<void> {
  const paths = dataPaths(data.dataDir);
  await using log = await openEmbeddedEventLog({ path: paths.log });
  await using state = await openEmbeddedStateStore(paths.state);
  await using changes = await openEmbeddedChangeFeed({ path: paths.changes });
  await using series = createSeriesStore(connectSeries(data.series));
  const reached = new ReachedOffsets();
  const deps: IngestWorkerDeps = {
    platform: data.platform,
    log,
    state,
    series,
    changes,
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
  for await (const message of messages()) {
    switch (message.kind) {
      case "stop":
        await Promise.all([main.stop(), rebuild?.stop()]);
        tell({ kind: "stopped" });
        return;
      case "rebuild":
        rebuild = startWorker({ ...deps, changes: null }, message.generation, main.generation);
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

/** Messages of the main thread, in order. */
async function* messages(): AsyncIterable<ToIngestThread> {
  const queue: ToIngestThread[] = [];
  let wake: () => void = () => undefined;
  port?.on("message", (message: ToIngestThread) => {
    queue.push(message);
    wake();
  });
  for (;;) {
    const next = queue.shift();
    if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else yield next;
  }
}
