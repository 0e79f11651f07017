/** Requests at a steady rate, as long as those before are answered. */

export interface SteadyLoad {
  readonly sent: number;
  readonly answered: number;
  /** Requests without an answer yet. */
  readonly open: number;
  /** Why requests failed, in order. */
  readonly failures: readonly string[];
  /** Sends no more, and resolves when all are answered. */
  stop(): Promise<void>;
}

const everyMs = 10;
/** What is due beyond that is left out: a machine that is too busy is not to be buried. */
const maxOpen = 40;

/** @param ask one request; rejects where its answer is not the right one */
export function startLoad(perSecond: number, ask: () => Promise<unknown>): SteadyLoad {
  const open = new Set<Promise<void>>();
  const failures: string[] = [];
  const started = performance.now();
  let sent = 0;
  let answered = 0;
  let skipped = 0;
  const send = (): void => {
    sent++;
    const request = ask().then(
      () => {
        answered++;
      },
      (error: unknown) => void failures.push(String(error instanceof Error ? (error.cause ?? error) : error)),
    );
    open.add(request);
    void request.finally(() => open.delete(request));
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    while (sent + skipped < due) {
      if (open.size < maxOpen) send();
      else skipped++;
    }
  }, everyMs);
  return {
    get sent() {
      return sent;
    },
    get answered() {
      return answered;
    },
    get open() {
      return open.size;
    },
    failures,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
