/** Group commit over one environment: what is asked for while a commit runs goes into the next one, with one flush. */
import { statfs } from "node:fs/promises";
import { OnefoldError } from "../../schema/errors.ts";
import type { Environment, EnvironmentChanges, RecordName } from "./environment.ts";

export interface CommitOptions {
  /** What the plan will write, for the size of groups. @default 0 bytes */
  readonly bytes?: number;
  /** Keeps the plan out of groups: for one that reads the keys of chunks, which plans of its group may add. */
  readonly alone?: boolean;
}

interface Pending {
  readonly plan: (draft: Draft) => unknown;
  readonly bytes: number;
  readonly alone: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

type Outcome =
  { readonly kind: "done"; readonly result: unknown } | { readonly kind: "failed"; readonly reason: unknown };

interface Planned {
  readonly outcomes: readonly Outcome[];
  readonly changes: EnvironmentChanges;
}

const maxGroupBytes = 32 * 1024 * 1024;
const maxGroupPlans = 1024;
/** Races lost against other threads before the queue takes the lock. */
const maxLostRaces = 2;

/**
 * A plan reads a draft and writes to it; it has no other effect, for it may run again. Plans are committed in the order
 * they were asked for. No lock is held while they run: a group is written only if nothing was committed since it was
 * planned, and planned again otherwise. A thread that keeps losing that race takes LMDB's write lock and plans under it.
 *
 * Holds what its callers have in flight: a caller bounds that by awaiting.
 */
export class CommitQueue {
  readonly #environment: Environment;
  #waiting: Pending[] = [];
  #running: Promise<void> | null = null;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Resolves with what the plan returned once it is on disk. A plan that throws writes nothing and rejects. */
  async commit<T>(plan: (draft: Draft) => T, options: CommitOptions = {}): Promise<T> {
    const { bytes = 0, alone = false } = options;
    const done = new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ plan, bytes, alone, resolve, reject });
    });
    this.#running ??= this.#run();
    return (await done) as T;
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn of the event loop shares the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        const outcomes = await this.#commitGroup(group);
        outcomes.forEach((outcome, at) => {
          if (outcome.kind === "done") group[at]?.resolve(outcome.result);
          else group[at]?.reject(outcome.reason);
        });
      } catch (error) {
        const reason = await explain(this.#environment, error);
        for (const pending of group) pending.reject(reason);
      }
    }
    this.#running = null;
  }

  #takeGroup(): readonly Pending[] {
    let bytes = 0;
    const until = this.#waiting.findIndex((pending, at) => {
      bytes += pending.bytes;
      const joins = at < maxGroupPlans && bytes <= maxGroupBytes && !pending.alone && this.#waiting[0]?.alone !== true;
      return at > 0 && !joins;
    });
    return this.#waiting.splice(0, until === -1 ? this.#waiting.length : until);
  }

  async #commitGroup(group: readonly Pending[]): Promise<readonly Outcome[]> {
    const { outcomes, changes } = await this.#planAndWrite(group);
    if (changes.removed.length > 0) await this.#releaseSpace();
    return outcomes;
  }

  async #planAndWrite(group: readonly Pending[]): Promise<Planned> {
    for (let lost = 0; lost < maxLostRaces; lost++) {
      this.#environment.renewSnapshot();
      const counter = this.#environment.counter();
      const planned = this.#plan(group);
      if (isEmpty(planned.changes) || (await this.#environment.writeIf(counter, planned.changes))) return planned;
    }
    return await this.#environment.writeLocked(() => this.#plan(group));
  }

  /**
   * LMDB reuses the space of what was removed only from the commit after the next on, which on a full disk may be
   * refused for want of this very space: so the next one is made here, and is small. A lost race made it, too.
   */
  async #releaseSpace(): Promise<void> {
    this.#environment.renewSnapshot();
    await this.#environment.writeIf(this.#environment.counter(), new Draft(() => undefined));
  }

  #plan(group: readonly Pending[]): Planned {
    const whole = new Draft((name) => this.#environment.record(name));
    const outcomes = group.map(({ plan }): Outcome => {
      const draft = new Draft((name) => whole.read(name));
      try {
        const result = plan(draft);
        whole.absorb(draft);
        return { kind: "done", result };
      } catch (reason) {
        return { kind: "failed", reason };
      }
    });
    return { outcomes, changes: whole };
  }
}

/** What one plan, or a group of them, would change. Reads see what the plans before it wrote. */
export class Draft implements EnvironmentChanges {
  readonly records = new Map<string, unknown>();
  readonly chunks: (readonly [key: Buffer, bytes: Buffer])[] = [];
  readonly removed: Buffer[] = [];
  readonly #below: (name: string) => unknown;

  constructor(below: (name: string) => unknown) {
    this.#below = below;
  }

  read<T>(name: RecordName<T>): T | undefined {
    return (this.records.has(name) ? this.records.get(name) : this.#below(name)) as T | undefined;
  }

  write<T>(name: RecordName<T>, value: T): void {
    this.records.set(name, value);
  }

  putChunk(key: Buffer, bytes: Buffer): void {
    this.chunks.push([key, bytes]);
  }

  removeChunk(key: Buffer): void {
    this.removed.push(key);
  }

  absorb(later: Draft): void {
    for (const [name, value] of later.records) this.records.set(name, value);
    for (const chunk of later.chunks) this.chunks.push(chunk);
    for (const key of later.removed) this.removed.push(key);
  }
}

function isEmpty(changes: EnvironmentChanges): boolean {
  return changes.records.size === 0 && changes.chunks.length === 0 && changes.removed.length === 0;
}

/** LMDB rejects a failed commit with a second promise that says why; a full disk it calls an input/output error. */
async function explain(environment: Environment, error: unknown): Promise<unknown> {
  if (error instanceof OnefoldError) return error;
  const cause: unknown =
    error instanceof Error && "commitError" in error
      ? await Promise.resolve(error.commitError).catch((reason: unknown) => reason)
      : error;
  const { bavail, bsize } = await statfs(environment.path);
  const freeMiB = Math.floor((bavail * bsize) / (1024 * 1024));
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Writing to ${environment.path} failed, with ${freeMiB} MiB free on its disk: ${reason}`;
  return new OnefoldError("STORE_UNAVAILABLE", message, { cause });
}
