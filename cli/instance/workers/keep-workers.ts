/**
 * Keeps workers of `onefold gateway` running on one port: this process takes connections and hands them out, nothing else.
 *
 *     started ──ready──> serving ──ends by itself──> pause, twice as long each time ──> started …
 *        └── the first one, ends before it is ready: all end as it did
 */
import cluster, { type Worker } from "node:cluster";
import { createServer } from "node:http";
import { listen, type ListenAddress } from "../../../gateway/server/listen.ts";
import { Finished } from "../../commands/command-context.ts";
import { exitCodes, type ExitName } from "../../exit-codes.ts";
import { createSnapshotRequests, type SnapshotRequests } from "../../telemetry/snapshot-requests.ts";
import type { InstanceLogger } from "../create-instance-logger.ts";
import type { StartedGateway } from "../run-gateway.ts";
import { labelProcess } from "./label-process.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkersOptions {
  readonly count: number;
  readonly address: ListenAddress;
  readonly logger: InstanceLogger;
  /** Ends all workers. */
  readonly signal: AbortSignal;
  /** Called once, when all workers have started. */
  readonly onReady: (started: StartedGateway) => void;
}

/** Before a worker is started again: twice as long each time, from the first to the longest, in milliseconds. */
const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** A worker that served for so long has not failed to start. */
const steadyMs = 30_000;
/** A worker takes less to close its doors; one that does not is ended. */
const endLimitMs = 20_000;
/** Shorter than a worker waits for the metrics of all, so that one that is stuck leaves out only its own. */
const measureLimitMs = 1_000;

/**
 * Resolves when the signal has aborted and all workers have ended.
 * @throws OnefoldError INPUT_INVALID for an address that cannot be bound; Finished with the exit of the first worker, which has said why, where it could not start
 */
export async function keepWorkers({ count, address, logger, signal, onReady }: WorkersOptions): Promise<void> {
  const workers = new Workers(count, await choosePort(address), logger);
  const end = (): void => workers.end();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) return;
  try {
    // One alone finds out whether the configuration can be served, so that it is said once.
    const started = await workers.start(1);
    if (started !== null) {
      await Promise.all(Array.from({ length: count - 1 }, (_, index) => workers.start(index + 2)));
      if (!signal.aborted) onReady(started);
    }
    await workers.allEnded;
  } finally {
    signal.removeEventListener("abort", end);
  }
  if (workers.failedStart !== null) throw new Finished(workers.failedStart);
}

/** Workers that each ask for any port would get another one after all of them have ended at once. */
async function choosePort({ host = "127.0.0.1", port }: ListenAddress): Promise<number> {
  if (port !== 0) return port;
  const server = createServer();
  const free = await listen(server, { host, port });
  await new Promise((resolve) => server.close(resolve));
  return free;
}

interface Slot {
  readonly worker: Worker;
  readonly requests: SnapshotRequests;
  /** Null: it has not been ready. By `performance.now()`. */
  readyAt: number | null;
}

class Workers {
  readonly allEnded: Promise<void>;
  /** Why the very first worker ended before it was ready. */
  failedStart: ExitName | null = null;
  readonly #logger: InstanceLogger;
  readonly #count: number;
  readonly #port: number;
  readonly #slots = new Map<number, Slot>();
  /** How often a number's workers have ended one after the other. */
  readonly #failures = new Map<number, number>();
  readonly #pauses = new Map<number, NodeJS.Timeout>();
  #resolveEnded: () => void = () => {};
  #isEnding = false;
  #hasServed = false;
  #supergraphSdl: string | null = null;

  constructor(count: number, port: number, logger: InstanceLogger) {
    this.#count = count;
    this.#port = port;
    this.#logger = logger;
    this.allEnded = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  /** Resolves when the worker is ready; with null where it ended before that, and is started again if others serve. */
  start(number: number): Promise<StartedGateway | null> {
    return new Promise((resolve) => {
      const worker = cluster.fork();
      const requests = createSnapshotRequests((id) => send(worker, { kind: "measure", id }), measureLimitMs);
      const slot: Slot = { worker, requests, readyAt: null };
      this.#slots.set(number, slot);
      worker.on("error", (error) => this.#logger.warn({ err: error, process: number }, "A worker was not reached."));
      worker.on("message", (message: FromWorker) => {
        if (message.kind === "ready") resolve(message.started);
        this.#receive(number, slot, message);
      });
      worker.once("exit", (code, signal) => {
        this.#slots.delete(number);
        this.#ended(number, slot, signal ?? code);
        resolve(null);
      });
    });
  }

  end(): void {
    this.#isEnding = true;
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    for (const { worker } of this.#slots.values()) send(worker, { kind: "end" });
    setTimeout(() => {
      for (const { worker } of this.#slots.values()) worker.process.kill("SIGKILL");
    }, endLimitMs).unref();
    this.#resolveIfEnded();
  }

  #receive(number: number, slot: Slot, message: FromWorker): void {
    const { worker } = slot;
    switch (message.kind) {
      case "joining":
        send(worker, { kind: "join", number, port: this.#port, supergraphSdl: this.#supergraphSdl });
        if (this.#isEnding) send(worker, { kind: "end" });
        return;
      case "ready":
        slot.readyAt = performance.now();
        this.#hasServed = true;
        this.#warn();
        return;
      case "serves":
        this.#supergraphSdl = message.supergraphSdl;
        return;
      case "gather":
        void this.#gather().then((snapshot) => send(worker, { kind: "gathered", id: message.id, snapshot }));
        return;
      case "metrics":
        slot.requests.take(message.id, message.snapshot);
    }
  }

  #ended(number: number, { readyAt }: Slot, how: string | number): void {
    if (this.#isEnding) return this.#resolveIfEnded();
    if (!this.#hasServed) {
      this.failedStart = exitNameOf(how);
      return this.#resolveEnded();
    }
    const wasSteady = readyAt !== null && performance.now() - readyAt > steadyMs;
    const failures = wasSteady ? 0 : (this.#failures.get(number) ?? 0);
    const pauseMs = Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
    this.#failures.set(number, failures + 1);
    this.#logger.error({ process: number, how, pauseMs }, "A worker ended by itself; another takes its place.");
    this.#warn();
    const restart = (): void => {
      this.#pauses.delete(number);
      void this.start(number);
    };
    this.#pauses.set(number, setTimeout(restart, pauseMs));
  }

  #resolveIfEnded(): void {
    if (this.#slots.size === 0) this.#resolveEnded();
  }

  /** Tells those who serve what is wrong, for their health. */
  #warn(): void {
    const serving = [...this.#slots.values()].filter(({ readyAt }) => readyAt !== null);
    const missing = this.#count - serving.length;
    const warnings = missing === 0 ? [] : [`${missing} of ${this.#count} workers do not serve.`];
    for (const { worker } of serving) send(worker, { kind: "warnings", warnings });
  }

  async #gather() {
    const asked = [...this.#slots].map(async ([number, { requests }]) => {
      const snapshot = await requests.ask();
      return snapshot === null ? [] : labelProcess(snapshot, number);
    });
    return (await Promise.all(asked)).flat();
  }
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}

function exitNameOf(how: string | number): ExitName {
  const found = Object.entries(exitCodes).find(([, { code }]) => code === how);
  return (found?.[0] as ExitName | undefined) ?? "failed";
}
