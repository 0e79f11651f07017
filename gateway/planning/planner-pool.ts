/**
 * Plans operations in processes of their own, each one operation at a time, so that the one that ends a process is known.
 *
 *     plan ──> refused before? ──> queue ──> a process ──> planned, failed
 *                                   ^           └── too long, too large, ended: remembered; the process is replaced
 *                                   └── once more, where somebody else may have ended the process
 */
import { OnefoldError, type ErrorCode } from "../../schema/errors.ts";
import type { FromPlanner } from "./planner-messages.ts";
import { PlanRefusals } from "./plan-refusals.ts";
import { PlannerProcess, type ProcessEnded } from "./planner-process.ts";

export interface PlanningLimits {
  /** How long one operation may be planned, in milliseconds; it may wait for its turn three times as long. @default 5_000 */
  readonly planTimeoutMs?: number;
  /** How much memory planning one operation may take, in bytes. @default 512 MiB */
  readonly maxPlanningBytes?: number;
}

export interface PlannerPoolOptions extends PlanningLimits {
  /** The module with the native planner. @default router-query-planner */
  readonly plannerModule?: string;
  /** Processes at once; the second starts when the first is busy for long. @default 2 */
  readonly maxProcesses?: number;
  /** Operations that wait for their turn; more are refused. @default 1_000 */
  readonly maxWaiting?: number;
  /** A process that has nothing to plan for so long ends, in milliseconds. @default 60_000 */
  readonly idleMs?: number;
}

interface Job {
  readonly graph: string;
  readonly operation: string;
  readonly resolve: (plan: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly cameAt: number;
  isAgain: boolean;
}

interface Slot {
  process: PlannerProcess | undefined;
  /** Names of the graphs that the process has opened. */
  readonly opened: Set<string>;
  isBusy: boolean;
  idle: NodeJS.Timeout | undefined;
}

const defaults = {
  planTimeoutMs: 5_000,
  maxPlanningBytes: 512 * 1024 ** 2,
  plannerModule: "@graphql-hive/router-query-planner",
  maxProcesses: 2,
  maxWaiting: 1_000,
  idleMs: 60_000,
} satisfies Required<PlannerPoolOptions>;

/** Longer plans are refused: to compile one takes this process memory and time, too. */
const maxPlanLength = 16_000_000;
/** A graph is large: to open it may take this much longer than to plan an operation. */
const openTimeFactor = 12;
/** An operation may wait this much longer than one is planned: a few that take all their time do not fail the others. */
const waitTimeFactor = 3;
/** An operation that has waited so long is worth a process more, in milliseconds. */
const patienceMs = 100;

/** What the planner says of an operation that it cannot plan, or of a supergraph that it cannot read. */
export class PlannerRefusal extends Error {}

export class PlannerPool {
  readonly #options: Required<PlannerPoolOptions>;
  readonly #graphs = new Map<string, string>();
  readonly #refusals = new PlanRefusals(() => performance.now());
  readonly #slots: Slot[] = [];
  readonly #queue: Job[] = [];
  #growing: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PlannerPoolOptions) {
    this.#options = { ...defaults, ...options };
  }

  /** Processes that run now, by id. */
  get pids(): readonly number[] {
    return this.#slots.flatMap(({ process }) => (process?.hasEnded === false ? (process.pid ?? []) : []));
  }

  /** Makes a graph known by a name; its text is read by the first plan. */
  add(graph: string, supergraphSdl: string): void {
    this.#graphs.set(graph, supergraphSdl);
  }

  /**
   * Starts a process that reads a graph, so that it is known to be good.
   * @throws PlannerRefusal; OnefoldError PLANNER_UNAVAILABLE
   */
  async check(graph: string): Promise<void> {
    const slot = this.#slots[0] ?? this.#addSlot();
    slot.isBusy = true;
    try {
      await this.#open(slot, graph);
    } finally {
      void this.#work(slot);
    }
  }

  /**
   * Answers a plan node, or null.
   * @throws PlannerRefusal; OnefoldError PLAN_FAILED, PLAN_TIMEOUT, PLAN_TOO_LARGE, PLANNER_OVERLOADED, PLANNER_UNAVAILABLE
   */
  async plan(graph: string, operation: string): Promise<unknown> {
    const refused = this.#refusals.get(keyOf({ graph, operation }));
    if (refused !== undefined) throw refused;
    if (this.#isClosed) throw closed();
    if (this.#queue.length >= this.#options.maxWaiting) throw overloaded();
    return new Promise((resolve, reject) => {
      this.#queue.push({ graph, operation, resolve, reject, cameAt: performance.now(), isAgain: false });
      this.#dispatch();
    });
  }

  /** Ends all processes; what is not planned yet is refused. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#growing);
    for (const slot of this.#slots) rest(slot);
    for (const job of this.#queue.splice(0)) job.reject(closed());
  }

  #dispatch(): void {
    const free = this.#slots.find((slot) => !slot.isBusy) ?? (this.#slots.length === 0 ? this.#addSlot() : undefined);
    if (free !== undefined) void this.#work(free);
    else if (this.#slots.length < this.#options.maxProcesses)
      this.#growing ??= setTimeout(() => this.#grow(), patienceMs).unref();
  }

  #grow(): void {
    this.#growing = undefined;
    if (this.#queue.length > 0 && this.#slots.length < this.#options.maxProcesses) void this.#work(this.#addSlot());
  }

  #addSlot(): Slot {
    const slot: Slot = { process: undefined, opened: new Set(), isBusy: false, idle: undefined };
    this.#slots.push(slot);
    return slot;
  }

  /** Plans what waits, until nothing does. Never rejects. */
  async #work(slot: Slot): Promise<void> {
    slot.isBusy = true;
    clearTimeout(slot.idle);
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      const waitedMs = performance.now() - job.cameAt;
      if (waitedMs > waitTimeFactor * this.#options.planTimeoutMs && !job.isAgain) job.reject(overloaded());
      else await this.#settle(slot, job).catch(job.reject);
    }
    slot.isBusy = false;
    if (this.#isClosed) rest(slot);
    else slot.idle = setTimeout(() => this.#leave(slot), this.#options.idleMs).unref();
  }

  #leave(slot: Slot): void {
    rest(slot);
    this.#slots.splice(this.#slots.indexOf(slot), 1);
  }

  async #settle(slot: Slot, job: Job): Promise<void> {
    const { graph, operation } = job;
    const process = await this.#open(slot, graph);
    const { planTimeoutMs } = this.#options;
    const reply = await within(planTimeoutMs, process, process.ask({ kind: "plan", graph, operation }));
    if (reply.kind === "planned") {
      if (reply.hasGrown) rest(slot);
      job.resolve(JSON.parse(reply.plan));
    } else if (reply.kind === "failed") job.reject(new PlannerRefusal(reply.message));
    else {
      if (reply.kind !== "long") rest(slot);
      this.#blame(job, reply);
    }
  }

  #blame(job: Job, reply: FromPlanner | ProcessEnded | Late): void {
    if (this.#isClosed) {
      job.reject(closed());
      return;
    }
    if (reply.kind === "ended" && !reply.isByItself && !job.isAgain) {
      job.isAgain = true;
      this.#queue.unshift(job);
      return;
    }
    const error = this.#errorOf(reply);
    this.#refusals.add(keyOf(job), error);
    job.reject(error);
  }

  #errorOf(reply: FromPlanner | ProcessEnded | Late): OnefoldError {
    const { planTimeoutMs, maxPlanningBytes } = this.#options;
    const fail = (code: ErrorCode, message: string, cause?: Error): OnefoldError =>
      new OnefoldError(code, message, cause && { cause });
    switch (reply.kind) {
      case "late":
        return fail("PLAN_TIMEOUT", `Planning the operation took more than ${planTimeoutMs} ms.`);
      case "grew":
        return fail("PLAN_TOO_LARGE", `Planning the operation took more than ${maxPlanningBytes} bytes of memory.`);
      case "long":
        return fail("PLAN_TOO_LARGE", "The plan of the operation is too long.");
      case "ended":
        return fail("PLAN_FAILED", "The planner ended while it planned the operation.", causeOf(reply));
      default:
        return fail("PLAN_FAILED", `The planner answered out of turn: ${reply.kind}.`);
    }
  }

  /** The slot's process, with the graph open. One that somebody has ended meanwhile is replaced. */
  async #open(slot: Slot, graph: string, isAgain = false): Promise<PlannerProcess> {
    const { planTimeoutMs, maxPlanningBytes, plannerModule } = this.#options;
    if (this.#isClosed) throw closed();
    if (slot.process === undefined || slot.process.hasEnded) {
      slot.process = new PlannerProcess({ plannerModule, maxBytes: maxPlanningBytes, maxPlanLength });
      slot.opened.clear();
    }
    const { process } = slot;
    if (slot.opened.has(graph)) return process;
    const asked = process.ask({ kind: "open", graph, supergraphSdl: this.#graphs.get(graph) ?? "" });
    const reply = await within(openTimeFactor * planTimeoutMs, process, asked);
    if (reply.kind === "failed") throw new PlannerRefusal(reply.message);
    if (reply.kind === "opened") {
      slot.opened.add(graph);
      return process;
    }
    rest(slot);
    if (reply.kind === "ended" && !reply.isByItself && !isAgain) return this.#open(slot, graph, true);
    const cause = reply.kind === "ended" ? causeOf(reply) : new Error(`It said: ${reply.kind}.`);
    throw new OnefoldError("PLANNER_UNAVAILABLE", "The planner does not start.", { cause });
  }
}

interface Late {
  readonly kind: "late";
}

/** Answers in time, or ends the process. */
async function within(
  ms: number,
  process: PlannerProcess,
  asked: Promise<FromPlanner | ProcessEnded>,
): Promise<FromPlanner | ProcessEnded | Late> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Late>((resolve) => {
    // An answer may be there already where this process was too busy to read it: it is read before the next turn.
    timer = setTimeout(() => setImmediate(() => setImmediate(resolve, { kind: "late" })), ms);
  });
  const reply = await Promise.race([asked, late]);
  clearTimeout(timer);
  if (reply.kind === "late") process.kill();
  return reply;
}

function rest(slot: Slot): void {
  clearTimeout(slot.idle);
  slot.process?.kill();
  slot.process = undefined;
}

function keyOf({ graph, operation }: Pick<Job, "graph" | "operation">): string {
  return `${graph}\n${operation}`;
}

function causeOf({ how, said }: ProcessEnded): Error {
  return new Error(said === "" ? how : `${how}: ${said}`);
}

function closed(): OnefoldError {
  return new OnefoldError("PLANNER_UNAVAILABLE", "The planner is closed.");
}

function overloaded(): OnefoldError {
  return new OnefoldError("PLANNER_OVERLOADED", "Too many operations wait to be planned.");
}
