/**
 * Keeps requests from a subgraph that is away, so that nobody waits for it in vain.
 *
 *     closed ──failures──> open ──each probeEveryMs one request goes through as a probe──┐
 *        ^                  ^ └─────────────────── it fails ────────────────────────────┤
 *        └──────────────────┼─────────────────── it is answered ────────────────────────┘
 */

export interface CircuitLimits {
  /** So many failures in a row open it. */
  readonly failuresInRow: number;
  /** It opens, too, if this part of a window's requests failed, from 0 to 1… */
  readonly failedPart: number;
  /** …and the window had at least so many. */
  readonly minRequests: number;
  readonly windowMs: number;
  /** How often a request is let through while it is open. */
  readonly probeEveryMs: number;
}

export const circuitLimits: CircuitLimits = {
  failuresInRow: 5,
  failedPart: 0.5,
  minRequests: 20,
  windowMs: 10_000,
  probeEveryMs: 500,
};

/** One request that was let through. What came of a request that began in another state does not count. */
export interface Admission {
  /** It has ended: the first of these two counts. */
  answered(): void;
  failed(): void;
  /**
   * Somebody has waited for it as long as may be. That counts for each of them, or a subgraph that is frozen would not show
   * where all ask the same and share one request.
   */
  late(): void;
}

export interface CircuitBreakerDeps {
  readonly limits: CircuitLimits;
  readonly onChange: (state: "open" | "closed") => void;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

export class CircuitBreaker {
  readonly #deps: CircuitBreakerDeps;
  #isOpen = false;
  /** Counts the changes of state. */
  #era = 0;
  #nextProbeAt = 0;
  #failuresInRow = 0;
  #window = { endsAt: 0, requests: 0, failures: 0 };

  constructor(deps: CircuitBreakerDeps) {
    this.#deps = deps;
  }

  /** Undefined: it is open, and the request must not be sent. */
  admit(): Admission | undefined {
    if (this.#isOpen) {
      const now = this.#deps.now();
      if (now < this.#nextProbeAt) return undefined;
      this.#nextProbeAt = now + this.#deps.limits.probeEveryMs;
    }
    const era = this.#era;
    let isTold = false;
    const tell = (hasFailed: boolean): void => {
      if (era !== this.#era) return;
      if (!this.#isOpen) this.#count(hasFailed);
      else if (!hasFailed) this.#change(false);
    };
    const end = (hasFailed: boolean): void => {
      if (!isTold) tell(hasFailed);
      isTold = true;
    };
    return { answered: () => end(false), failed: () => end(true), late: () => tell(true) };
  }

  #count(hasFailed: boolean): void {
    const { limits, now } = this.#deps;
    this.#failuresInRow = hasFailed ? this.#failuresInRow + 1 : 0;
    const time = now();
    if (time >= this.#window.endsAt) this.#window = { endsAt: time + limits.windowMs, requests: 0, failures: 0 };
    this.#window.requests += 1;
    if (!hasFailed) return;
    this.#window.failures += 1;
    const { requests, failures } = this.#window;
    const isBad = requests >= limits.minRequests && failures >= requests * limits.failedPart;
    if (isBad || this.#failuresInRow >= limits.failuresInRow) this.#change(true);
  }

  #change(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#era += 1;
    this.#failuresInRow = 0;
    this.#window = { endsAt: 0, requests: 0, failures: 0 };
    this.#nextProbeAt = this.#deps.now() + this.#deps.limits.probeEveryMs;
    this.#deps.onChange(isOpen ? "open" : "closed");
  }
}
