/** A generation that knows whether anyone still uses it, so that what only it needs can be let go. */
import type { Generation } from "../generation.ts";
import { watchStream } from "../execution/result-stream.ts";

export interface LeasedGeneration {
  readonly generation: Generation;
  /**
   * No new use comes, but for requests that a door has already begun on it: calls `onIdle` once, when all operations and
   * streams have ended and none has begun for `lingerMs`. Answers a function that does so at once.
   */
  retire(onIdle: () => void): () => void;
}

/** @param lingerMs longer than a door takes from choosing a generation to executing on it */
export function leaseGeneration(generation: Generation, lingerMs: number): LeasedGeneration {
  let uses = 0;
  let timer: NodeJS.Timeout | undefined;
  let retired: (() => void) | undefined;
  const leave = (): void => {
    clearTimeout(timer);
    retired?.();
    retired = undefined;
  };
  const begin = (): void => {
    uses++;
    clearTimeout(timer);
  };
  const end = (): void => {
    uses--;
    if (uses > 0 || retired === undefined) return;
    timer = setTimeout(leave, lingerMs).unref();
  };
  const leased =
    (open: Generation["subscribe"]): Generation["subscribe"] =>
    async (request) => {
      begin();
      const opened = await open(request).catch((error: unknown) => {
        end();
        throw error;
      });
      if (Symbol.asyncIterator in opened) return watchStream(opened, request.signal, { onEnd: end });
      end();
      return opened;
    };
  return {
    generation: {
      ...generation,
      async execute(request) {
        begin();
        try {
          return await generation.execute(request);
        } finally {
          end();
        }
      },
      executeIncrementally: leased((request) => generation.executeIncrementally(request)),
      subscribe: leased((request) => generation.subscribe(request)),
    },
    retire(onIdle) {
      retired = onIdle;
      begin();
      end();
      return leave;
    },
  };
}
