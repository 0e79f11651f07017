/** A process of the simulation: it may be killed at any await, or be stopped for a while and go on as if nothing had been. */
import type { Pause } from "../../ingest/worker/pause.ts";
import type { VirtualTime } from "./virtual-time.ts";

/**
 * All that comes to the code of a process (answers, timers, signals) and all that it sends passes through {@link deliver}:
 * a killed process gets nothing any more, so that its code ends where it stands; a stopped one gets it when it goes on.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly #time: VirtualTime;
  #state: "running" | "stopped" | "killed" = "running";
  #held: (() => void)[] = [];
  /** What its clock says beyond the true time. */
  clockSkewMs = 0;

  constructor(name: string, time: VirtualTime) {
    this.name = name;
    this.#time = time;
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get isKilled(): boolean {
    return this.#state === "killed";
  }

  /** As `kill -9`. */
  kill(): void {
    this.#state = "killed";
    this.#held = [];
  }

  /** As SIGSTOP. */
  stop(): void {
    if (this.#state === "running") this.#state = "stopped";
  }

  /** As SIGCONT. */
  resume(): void {
    if (this.#state !== "stopped") return;
    this.#state = "running";
    for (const run of this.#held.splice(0)) run();
  }

  deliver(run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "stopped") this.#held.push(run);
  }

  readonly clock = (): number => this.#time.now + this.clockSkewMs;

  readonly pause: Pause = (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        signal.removeEventListener("abort", end);
        resolve();
      };
      signal.addEventListener("abort", end);
      this.#time.after(ms, () => this.deliver(end));
    });
}
