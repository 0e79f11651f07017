/**
 * Appends that stand and fall with a state of their producer: each in a transaction that writes the records and the state.
 *
 * ```text
 *  no session ── open: a new epoch fences all others of this name, their transactions are ended; the state is read ──┐
 *      ▲                                                                                                              ▼
 *      └── fenced: another has taken over;  failed: the outcome is known once a new session is open ──────────── session
 * ```
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { operationTimeoutMs, type Lifeline } from "./kafka-client-config.ts";
import type { KafkaOptions } from "./kafka-connection.ts";
import { isFenced, refusalOf, unavailable } from "./kafka-errors.ts";
import type { LogReader } from "./log-reader.ts";
import { awaitVisible } from "./await-visible.ts";
import { bytesOf, offsetsOf, type OutgoingBatch } from "./message-batch.ts";
import { within } from "./reopening-client.ts";
import type { StateTable } from "./state-table.ts";
import { openTransactions, type Transactions } from "./transactions.ts";

export interface StatefulAppend {
  readonly batch: OutgoingBatch;
  readonly expectedVersion: number;
  readonly state: string;
}

/** `offsets`: of each record. */
export type StatefulResult =
  { readonly kind: "appended"; readonly offsets: readonly number[] } | { readonly kind: "producer-moved" };

export interface StatefulProducerDeps {
  readonly options: KafkaOptions;
  readonly table: StateTable;
  /** The table's topic. */
  readonly tableTopic: string;
  readonly reader: LogReader;
}

interface Job extends StatefulAppend {
  readonly resolve: (result: StatefulResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Session {
  readonly transactions: Transactions;
  version: number;
}

/** A transaction whose commit was asked for. */
interface Attempt {
  readonly id: string;
  readonly jobs: readonly Job[];
  readonly offsets: readonly (readonly number[])[];
}

const moved: StatefulResult = { kind: "producer-moved" };
const maxTransactionBytes = 4 * 1024 * 1024;
const retryPauseMs = 100;

export class StatefulProducer {
  readonly #deps: StatefulProducerDeps;
  readonly #name: string;
  readonly #queue: Job[] = [];
  #session: Session | null = null;
  #lifeline: Lifeline = { ended: false };
  #running: Promise<void> | null = null;

  constructor(deps: StatefulProducerDeps, name: string) {
    this.#deps = deps;
    this.#name = name;
  }

  get isIdle(): boolean {
    return this.#running === null;
  }

  /**
   * Appends if the stored version is the expected one, or does nothing. Those in flight may build on each other, and share
   * transactions. `producer-moved` also says that another producer of this name took over meanwhile: the caller is to look
   * at the state again. After STORE_UNAVAILABLE, too, the state tells whether it happened.
   */
  async append(append: StatefulAppend): Promise<StatefulResult> {
    return await new Promise((resolve, reject) => {
      this.#queue.push({ ...append, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What was handed over before is appended. */
  async close(): Promise<void> {
    await this.#running;
    await this.#drop();
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const jobs = this.#takeGroup();
      try {
        await this.#commit(jobs);
      } catch (error) {
        for (const { reject } of jobs) reject(error);
      }
    }
    this.#running = null;
  }

  #takeGroup(): readonly Job[] {
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#queue) {
      bytes += bytesOf(batch);
      if (count > 0 && bytes > maxTransactionBytes) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Settles all of the jobs, or throws. */
  async #commit(jobs: readonly Job[]): Promise<void> {
    const what = `Appending as ${this.#name}`;
    const deadline = performance.now() + operationTimeoutMs(this.#deps.options);
    const open: { attempt: Attempt | null } = { attempt: null };
    for (;;) {
      const trying = this.#try(jobs, open);
      const failure = await failureOf(within(Math.max(1, deadline - performance.now()), what, trying));
      if (failure === null) return;
      const timeIsOver = performance.now() + retryPauseMs >= deadline;
      if (timeIsOver) for (const { reject } of jobs) reject(unavailable(what, failure));
      this.#lifeline.ended = true;
      // Nothing of this name may be sent beside what is still under way.
      const isDone = (await failureOf(trying)) === null;
      await this.#drop();
      if (timeIsOver || isDone) return;
      if (isFenced(failure)) {
        for (const { resolve } of jobs) resolve(moved);
        return;
      }
      const refusal = refusalOf(what, failure);
      if (refusal !== null) throw refusal;
      await wait(retryPauseMs);
    }
  }

  async #try(jobs: readonly Job[], open: { attempt: Attempt | null }): Promise<void> {
    const session = (this.#session ??= await this.#open());
    if (open.attempt !== null) {
      // The new session has ended the old one's transaction, and read how.
      const { id, jobs: tried, offsets } = open.attempt;
      open.attempt = null;
      if (this.#deps.table.hasCommitted(id)) {
        settle(tried, offsets);
        return;
      }
    }
    const accepted = compare(jobs, session.version);
    if (accepted.length === 0) return;
    const id = randomUUID();
    const batches = accepted.map(({ batch }) => batch);
    const version = session.version + accepted.length;
    const state = accepted.at(-1)?.state ?? "";
    const stored = this.#record({ version, state, attempt: id });
    const answers = await session.transactions.send([...batches, stored]);
    const offsets = offsetsOf(batches, answers);
    open.attempt = { id, jobs: accepted, offsets };
    await session.transactions.commit();
    open.attempt = null;
    session.version = version;
    await awaitVisible(this.#deps, { attempt: id, batches, offsets });
    settle(accepted, offsets);
  }

  async #open(): Promise<Session> {
    const { options, table, tableTopic } = this.#deps;
    this.#lifeline = { ended: false };
    const transactions = await openTransactions(options, `${tableTopic}/${this.#name}`, this.#lifeline);
    try {
      await table.catchUp();
    } catch (error) {
      await transactions.close();
      throw error;
    }
    return { transactions, version: table.get(this.#name)?.version ?? 0 };
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.transactions.close();
  }

  #record(value: object): OutgoingBatch {
    const record = {
      partition: 0,
      key: Buffer.from(this.#name),
      value: Buffer.from(JSON.stringify(value)),
      headers: {},
      timestamp: Date.now(),
    };
    return { topic: this.#deps.tableTopic, records: [record] };
  }
}

/** Those whose turn it is, in order; the others are told that the producer moved. */
function compare(jobs: readonly Job[], stored: number): readonly Job[] {
  let version = stored;
  return jobs.filter(({ expectedVersion, resolve }) => {
    if (expectedVersion !== version) {
      resolve(moved);
      return false;
    }
    version++;
    return true;
  });
}

function settle(jobs: readonly Job[], offsets: readonly (readonly number[])[]): void {
  jobs.forEach(({ resolve }, at) => resolve({ kind: "appended", offsets: offsets[at] ?? [] }));
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error ?? new Error("failed without a reason"),
  );
}
