/** Starts the thread that runs the embedded series engine, and hands out connections to it. */
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { OnefoldError } from "../../schema/errors.ts";
import type { ControlMessage, ControlReply, SeriesEngineOptions } from "./series-protocol.ts";

export interface SeriesServerOptions {
  /** The data directory. */
  readonly path: string;
  /** The engine's cap on its memory. @default 1 GiB */
  readonly maxBytes?: number;
  /** The compiled worker. @default beside this file */
  readonly workerUrl?: URL;
}

/** Disposal waits for running requests and closes the engine: a process that exits without it may lose its exit code. */
export interface SeriesServer extends AsyncDisposable {
  /** A connection for `connectSeries`, in this thread or, transferred, in another. */
  connect(): MessagePort;
  /** Calls the listener once when the thread ends by itself: every connection is dead from then on. */
  onExit(listener: (error: OnefoldError) => void): void;
}

/** @throws OnefoldError STORE_UNAVAILABLE when the engine cannot open the directory */
export async function startSeriesServer(options: SeriesServerOptions): Promise<SeriesServer> {
  // The engine's library must not be unloaded with the thread that used it, which crashes the process: this thread
  // holds it too.
  await import("chdb");
  const workerUrl = options.workerUrl ?? new URL("./series-worker.js", import.meta.url);
  const engine: SeriesEngineOptions = { path: options.path, maxBytes: options.maxBytes ?? 1024 ** 3 };
  const worker = new Worker(workerUrl, { workerData: engine, name: "series" });
  const listeners = new Set<(error: OnefoldError) => void>();
  let failure: OnefoldError | null = null;
  let closing = false;

  const exited = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      resolve();
      if (closing || failure !== null) return;
      failure = new OnefoldError("STORE_UNAVAILABLE", `The series engine has stopped: ${reason}.`);
      for (const listener of listeners) listener(failure);
    };
    worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => end(`its thread ended with code ${code}`));
  });
  const send = (message: ControlMessage, transfer: readonly MessagePort[]): void =>
    worker.postMessage(message, [...transfer]);

  await opened(worker, options.path, exited);
  return {
    connect() {
      const { port1, port2 } = new MessageChannel();
      if (failure === null && !closing) send({ kind: "connect", port: port2 }, [port2]);
      else port2.close();
      return port1;
    },
    onExit(listener) {
      if (failure === null) listeners.add(listener);
      else listener(failure);
    },
    async [Symbol.asyncDispose]() {
      if (!closing && failure === null) send({ kind: "close" }, []);
      closing = true;
      await exited;
    },
  };
}

function opened(worker: Worker, path: string, exited: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new OnefoldError("STORE_UNAVAILABLE", `The series engine cannot open ${path}: ${reason}`));
    worker.once("message", (reply: ControlReply) => {
      if (reply.kind === "failed") fail(reply.message);
      else resolve();
    });
    worker.once("error", (error) => fail(error instanceof Error ? error.message : String(error)));
    void exited.then(() => fail("its thread has ended"));
  });
}
