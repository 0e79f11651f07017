/** Lets a bounded number of requests run at once. The others wait in order, each until its own deadline. */
import { unavailable } from "./clickhouse-failure.ts";

export interface RequestTurns {
  /**
   * Runs a request when its turn has come, and hands it a signal that aborts at the deadline.
   * @throws OnefoldError STORE_UNAVAILABLE when the deadline passes before its turn, or too many wait
   */
  run<Result>(request: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
}

/** More waiting requests than this are refused at once. */
const MAX_WAITING = 10_000;

export function createRequestTurns(atOnce: number, timeoutMs: number): RequestTurns {
  const waiting = new Set<() => void>();
  let running = 0;

  const turn = (signal: AbortSignal): Promise<void> => {
    if (running < atOnce) {
      running++;
      return Promise.resolve();
    }
    if (waiting.size >= MAX_WAITING) throw unavailable(`${MAX_WAITING} requests to the series store wait already.`);
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        waiting.delete(begin);
        reject(unavailable(`The series store has not come to this request for ${timeoutMs} ms.`));
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.add(begin);
    });
  };
  const end = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      running--;
      return;
    }
    waiting.delete(next);
    next();
  };

  return {
    async run(request) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), timeoutMs);
      try {
        await turn(controller.signal);
        try {
          return await request(controller.signal);
        } finally {
          end();
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
