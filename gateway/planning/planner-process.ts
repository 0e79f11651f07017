/** One process with the native planner in it: whatever the planner does to it, this process goes on. */
import { fork, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import type { FromPlanner, ToPlanner } from "./planner-messages.ts";

export interface PlannerProcessOptions {
  /** The module with the native planner, as `require` finds it. */
  readonly plannerModule: string;
  /** By how much one plan may let the process grow. */
  readonly maxBytes: number;
  /** How long a plan's JSON may be, in UTF-16 units. */
  readonly maxPlanLength: number;
}

/** The process has ended, or could not be started. */
export interface ProcessEnded {
  readonly kind: "ended";
  /** A signal's name, an exit code, or why there is no process. */
  readonly how: string;
  /** Whether the planner itself may have done it, rather than somebody who ends processes. */
  readonly isByItself: boolean;
  /** The end of what it wrote to stderr. */
  readonly said: string;
}

const maxSaidLength = 2_000;
const program = new URL("./planner-program.cjs", import.meta.url);
/** Signals that a fault in native code ends with. */
const faultSignals: readonly (string | null)[] = ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"];

/** Keeps the gateway's process alive only while an answer is awaited, and ends with it. */
export class PlannerProcess {
  readonly #child: ChildProcess;
  #said = "";
  #ended: ProcessEnded | undefined;
  #answer: ((reply: FromPlanner | ProcessEnded) => void) | undefined;

  constructor({ plannerModule, maxBytes, maxPlanLength }: PlannerProcessOptions) {
    const child = fork(program, [plannerModule, String(maxBytes), String(maxPlanLength)], {
      // The gateway's flags are about its own heap, and a debugger's port is taken.
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-maxSaidLength);
    });
    child.on("message", (reply: FromPlanner) => this.#settle(reply));
    child.on("error", (error) => this.#end({ how: error.message, isByItself: false }));
    // Not "exit": what it said last may come after that.
    child.on("close", (code, signal) => {
      this.#end({ how: signal ?? `exit code ${code}`, isByItself: faultSignals.includes(signal) });
    });
    this.#hold(false);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves with the answer, or with how the process ended. The one before must have been answered. */
  ask(message: ToPlanner): Promise<FromPlanner | ProcessEnded> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) {
        resolve(this.#ended);
        return;
      }
      this.#answer = resolve;
      this.#hold(true);
      // Where the process is gone, "close" says so.
      this.#child.send(message, () => undefined);
    });
  }

  /** Ends it at once, whatever it is at. Idempotent. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #settle(reply: FromPlanner | ProcessEnded): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#hold(false);
    answer?.(reply);
  }

  #end(end: Pick<ProcessEnded, "how" | "isByItself">): void {
    this.#ended ??= { kind: "ended", ...end, said: this.#said.trim() };
    this.#settle(this.#ended);
  }

  #hold(isAwaited: boolean): void {
    const { channel, stderr } = this.#child;
    for (const handle of [this.#child, channel, stderr instanceof Socket ? stderr : undefined]) {
      if (isAwaited) handle?.ref();
      else handle?.unref();
    }
  }
}
