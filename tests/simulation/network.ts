/** The way between processes and stores: it takes its time, loses requests and answers, and brings some of them late or twice. */
import { OnefoldError } from "../../schema/errors.ts";
import type { Random } from "../support/random.ts";
import { callFaultKinds, type CallFault, type FaultKind, type Port } from "./fault-kinds.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface NetworkSettings {
  /** Of each request and of each answer. */
  readonly maxLatencyMs: number;
  /** Chance of each fault, by kind; absent: never. */
  readonly rates: ReadonlyMap<FaultKind, number>;
}

/** One call of a store. */
export interface Call<T> {
  readonly port: Port;
  readonly what: string;
  readonly effect: () => Promise<T>;
  /** What comes about of the effect if it is cut short; absent: it is all or nothing. */
  readonly part?: (() => Promise<unknown>) | undefined;
  /** Of an append: whether a second effect changes nothing. Absent for other calls, of which the ports promise it. */
  readonly repeatable?: boolean;
}

const MAX_LATE_MS = 20_000;
const MAX_SLOW_MS = 8_000;

export class Network {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #settings: NetworkSettings;
  readonly #note: (text: string) => void;
  readonly #hit: (kind: FaultKind) => void;
  readonly #frozenUntil = new Map<Port, number>();
  /** Numbers of the calls without answer. */
  readonly #open = new Map<SimulatedProcess, Set<number>>();
  #calls = 0;
  /** Once false, calls only take their time. */
  faulty = true;
  /** Effects still to come that may change something after all else is done. */
  due = 0;

  constructor(
    deps: {
      readonly time: VirtualTime;
      readonly random: Random;
      readonly note: (text: string) => void;
      readonly hit: (kind: FaultKind) => void;
    },
    settings: NetworkSettings,
  ) {
    this.#time = deps.time;
    this.#random = deps.random;
    this.#note = deps.note;
    this.#hit = deps.hit;
    this.#settings = settings;
  }

  get calls(): number {
    return this.#calls;
  }

  freeze(port: Port, ms: number): void {
    this.#frozenUntil.set(port, this.#time.now + ms);
  }

  /** A wait as of one request or answer. */
  latency(): number {
    return this.#random.below(this.#settings.maxLatencyMs + 1);
  }

  call<T>(from: SimulatedProcess, call: Call<T>): Promise<T> {
    const number = this.#calls++;
    return new Promise((resolve, reject) => {
      from.deliver(() => {
        const open = this.#openOf(from).add(number);
        const fault = this.#chooseFault(call);
        if (fault !== null) this.#hit(`${call.port}:${fault}`);
        const answer = (settle: () => void): void =>
          from.deliver(() => {
            for (const other of open) if (other < number) this.#hit("overtaken-answer");
            open.delete(number);
            this.#note(`${from.name} < ${String(number)}`);
            settle();
          });
        this.#note(`${from.name} > ${String(number)} ${call.port}.${call.what}${fault === null ? "" : ` ${fault}`}`);
        const refuse = (): void =>
          answer(() => reject(new OnefoldError("STORE_UNAVAILABLE", `${call.port}.${call.what}: ${fault ?? ""}`)));
        if (call.repeatable !== undefined) this.due++;
        this.#time.after(this.#requestMs(call.port), async () => {
          if (fault === "before" || fault === "late") this.#time.after(this.latency(), refuse);
          else await this.#perform(call, fault, { answer, refuse, resolve, reject });
          if (fault === "late" || fault === "twice") this.#performLater(call);
          if (call.repeatable !== undefined) this.due--;
        });
      });
    });
  }

  async #perform<T>(
    { effect, part }: Call<T>,
    fault: CallFault | null,
    to: {
      readonly answer: (settle: () => void) => void;
      readonly refuse: () => void;
      readonly resolve: (value: T) => void;
      readonly reject: (fault: unknown) => void;
    },
  ): Promise<void> {
    const answerMs = this.latency() + (fault === "slow" ? this.#random.below(MAX_SLOW_MS) : 0);
    let settle: () => void;
    try {
      const value = fault === "part" && part !== undefined ? await part() : await effect();
      settle = () => to.resolve(value as T);
    } catch (refusal) {
      settle = () => to.reject(refusal);
    }
    this.#time.after(answerMs, fault === "after" || fault === "part" ? to.refuse : () => to.answer(settle));
  }

  #performLater<T>({ port, what, effect }: Call<T>): void {
    this.due++;
    this.#time.after(this.#random.below(MAX_LATE_MS), async () => {
      this.#note(`. ${port}.${what} late`);
      // Whoever sent it has long been told an outcome.
      await effect().catch(() => undefined);
      this.due--;
    });
  }

  #requestMs(port: Port): number {
    return this.latency() + Math.max(0, (this.#frozenUntil.get(port) ?? 0) - this.#time.now);
  }

  #chooseFault<T>({ port, part, repeatable }: Call<T>): CallFault | null {
    if (!this.faulty) return null;
    for (const { port: of, fault, kind } of callFaultKinds) {
      if (of !== port || (fault === "part" && part === undefined)) continue;
      if (fault === "twice" && repeatable === false) continue;
      const rate = this.#settings.rates.get(kind);
      if (rate !== undefined && this.#random.chance(rate)) return fault;
    }
    return null;
  }

  #openOf(process: SimulatedProcess): Set<number> {
    let open = this.#open.get(process);
    if (open === undefined) this.#open.set(process, (open = new Set()));
    return open;
  }
}
