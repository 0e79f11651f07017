/** An ingest worker of the simulation: the real code in a process that is killed, stopped, expelled, and started again. */
import { runIngestWorker, type IngestWorkerOptions } from "../../ingest/worker/ingest-worker.ts";
import { market } from "../ingest/fixtures/market.ts";
import { hash } from "../ingest/fixtures/simulation.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { simulateLog, type SimulatedLog } from "./simulated-log.ts";
import { simulateChanges, simulateSeries, simulateState } from "./simulated-stores.ts";
import type { World } from "./simulated-world.ts";

/** How long a broker waits for a member that says nothing. */
const MAX_SESSION_MS = 6_000;
const MAX_DOWN_MS = 3_000;
/** The interval of trims, as the worker asks for it, and what it is here. */
const TRIM_MS = 60_000;
const TRIM_HERE_MS = 2_000;

export interface WorkerRole {
  readonly name: string;
  readonly group: string;
  readonly generation: number;
  /** Whether it tells of changes: not where it builds a generation beside. */
  readonly serves: boolean;
}

export class SimulatedWorker {
  readonly #world: World;
  readonly #role: WorkerRole;
  #process: SimulatedProcess;
  #log: SimulatedLog | null = null;
  #stop = new AbortController();
  #lives = 0;
  #ended = true;
  #comesBack = false;
  #isOver = false;
  #fault: unknown = null;

  constructor(world: World, role: WorkerRole) {
    this.#world = world;
    this.#role = role;
    this.#process = new SimulatedProcess(role.name, world.time);
  }

  get isRunning(): boolean {
    return !this.#ended && this.#process.isRunning;
  }

  get hasEnded(): boolean {
    return this.#ended || this.#process.isKilled;
  }

  /** What the worker rejected with: it never should. */
  get fault(): unknown {
    return this.#fault;
  }

  start(): void {
    const { time, note, settings } = this.#world;
    const process = new SimulatedProcess(`${this.#role.name}.${String(this.#lives++)}`, time);
    note(`${process.name} starts`);
    this.#process = process;
    this.#stop = new AbortController();
    this.#ended = false;
    this.#comesBack = false;
    const log = simulateLog(this.#world, process);
    this.#log = log;
    const deps = {
      platform: market,
      log,
      state: simulateState(this.#world, process),
      series: simulateSeries(this.#world, process),
      changes: this.#role.serves ? simulateChanges(this.#world, process) : null,
      hash,
      clock: process.clock,
      pause: (ms: number, signal: AbortSignal) => process.pause(ms === TRIM_MS ? TRIM_HERE_MS : ms, signal),
      onProgress: () => undefined,
      onFault: (fault: Error | null) => note(`${process.name} ${fault === null ? "runs" : `fails: ${fault.message}`}`),
    };
    const options: IngestWorkerOptions = {
      generation: this.#role.generation,
      historyGeneration: 1,
      group: this.#role.group,
      maxRecords: settings.maxRecords,
      dedupeWindow: settings.dedupeWindow,
      seriesWriter: { intervalMs: settings.flushMs, maxRows: settings.maxRows },
      retentionMs: settings.trims ? 1_000 : Number.MAX_SAFE_INTEGER,
    };
    runIngestWorker(deps, options, this.#stop.signal).then(
      () => {
        if (this.#process !== process) return;
        this.#ended = true;
        note(`${process.name} ended`);
        if (this.#comesBack) time.after(this.#world.random.below(MAX_DOWN_MS), () => this.startUnlessRunning());
      },
      (fault: unknown) => (this.#fault ??= fault),
    );
  }

  /** As `kill -9`; the group learns of it after its session, and the worker comes back some time. */
  crash(): void {
    const { time, random, note } = this.#world;
    note(`${this.#process.name} killed`);
    this.#process.kill();
    this.#expelAfter(random.below(MAX_SESSION_MS));
    time.after(random.below(MAX_DOWN_MS), () => this.startUnlessRunning());
  }

  /** As SIGTERM, with a new start after it. */
  restart(): void {
    this.#comesBack = true;
    this.#stop.abort();
  }

  /** Stopped until after its session, so that it goes on when its partitions have long been another's. */
  freeze(): void {
    const { time, random, note } = this.#world;
    const process = this.#process;
    note(`${process.name} stopped`);
    process.stop();
    const sessionMs = random.below(MAX_SESSION_MS);
    this.#expelAfter(sessionMs);
    time.after(sessionMs + random.below(15_000), () => {
      note(`${process.name} goes on`);
      process.resume();
    });
  }

  expel(): void {
    this.#world.note(`${this.#process.name} expelled`);
    this.#log?.expel();
  }

  skewClock(ms: number): void {
    this.#process.clockSkewMs += ms;
  }

  startUnlessRunning(): void {
    if (this.hasEnded && !this.#isOver) this.start();
  }

  /** Asks it to end, for good. */
  end(): void {
    this.#isOver = true;
    this.#comesBack = false;
    this.#stop.abort();
  }

  #expelAfter(ms: number): void {
    const log = this.#log;
    this.#world.time.after(ms, () => log?.expel());
  }
}
