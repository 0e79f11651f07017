/** A client that is opened at its first use and, after a failure, anew at the next. */
import { setTimeout as wait } from "node:timers/promises";
import { OnefoldError } from "../../../schema/errors.ts";
import { refusalOf, unavailable } from "./kafka-errors.ts";

export interface Disconnectable {
  disconnect(): Promise<void>;
}

const retryPauseMs = 100;
const closeLimitMs = 2000;

export class ReopeningClient<Client extends Disconnectable> {
  readonly #open: () => Promise<Client>;
  readonly #timeoutMs: number;
  #client: Promise<Client> | null = null;
  #closed = false;

  constructor(open: () => Promise<Client>, timeoutMs: number) {
    this.#open = open;
    this.#timeoutMs = timeoutMs;
  }

  /** Runs `work` once. Whatever it throws, the next use has a new client, unless `keeps` says that this one is sound. */
  async use<Result>(work: (client: Client) => Promise<Result>, keeps = isOurs): Promise<Result> {
    if (this.#closed) throw new OnefoldError("STORE_UNAVAILABLE", "The connection to Kafka is closed.");
    const opening = (this.#client ??= this.#open());
    try {
      return await work(await opening);
    } catch (error) {
      if (!keeps(error) && this.#client === opening) {
        this.#client = null;
        void disconnect(opening);
      }
      throw error;
    }
  }

  /**
   * Runs `work`, and again after passing failures, as long as time is left; so `work` must be repeatable.
   * @throws STORE_UNAVAILABLE when the time is over, or what Kafka refused
   */
  async insist<Result>(what: string, work: (client: Client) => Promise<Result>): Promise<Result> {
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      try {
        return await within(Math.max(1, deadline - performance.now()), what, this.use(work));
      } catch (error) {
        const refusal = refusalOf(what, error);
        if (refusal !== null) throw refusal;
        if (performance.now() + retryPauseMs >= deadline) throw unavailable(what, error);
        await wait(retryPauseMs);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = null;
    if (client !== null) await disconnect(client);
  }
}

/** What is said of the request, not of the connection. */
function isOurs(error: unknown): boolean {
  return error instanceof OnefoldError;
}

/** A frozen broker holds up an orderly end: it is waited for only so long. */
async function disconnect(opening: Promise<Disconnectable>): Promise<void> {
  const leaving = opening.then((client) => client.disconnect()).catch(() => {});
  await Promise.race([leaving, pause(closeLimitMs)]);
}

/** @throws STORE_UNAVAILABLE when `work` takes longer; it is then left to itself. */
export async function within<Result>(limitMs: number, what: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(what)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Does not keep the process alive. */
function pause(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false });
}
