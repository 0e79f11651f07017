/** Operations that cost too much to plan: remembered for a while, so that nobody ends the planner with them again and again. */
import type { OnefoldError } from "../../schema/errors.ts";
import { LruCache } from "./lru-cache.ts";

interface Refusal {
  readonly error: OnefoldError;
  /** By `now`. */
  readonly until: number;
  readonly times: number;
}

const maxEntries = 1_000;
/** A busy machine may be to blame: an operation is tried again, the first time soon, later after twice as long, in milliseconds. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

export class PlanRefusals {
  readonly #refusals = new LruCache<Refusal>(maxEntries);
  readonly #now: () => number;

  /** @param now the time in milliseconds, from any start */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why an operation is not planned now. */
  get(key: string): OnefoldError | undefined {
    const refusal = this.#refusals.get(key);
    return refusal !== undefined && this.#now() < refusal.until ? refusal.error : undefined;
  }

  add(key: string, error: OnefoldError): void {
    const times = (this.#refusals.get(key)?.times ?? 0) + 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (times - 1), longestPauseMs);
    this.#refusals.set(key, { error, until: this.#now() + pauseMs, times });
  }
}
