/** A generation that knows whether anyone still uses it, so that what only it needs can be let go. */
import type { Generation } from "../generation.ts";
import type { ResultStream } from "../execution/result-stream.ts";

export interface LeasedGeneration {
  readonly generation: Generation;
  /** No new use comes: calls `onIdle` once all operations and streams have ended, at once where there are none. */
  retire(onIdle: () => void): void;
}

export function leaseGeneration(generation: Generation): LeasedGeneration {
  let uses = 0;
  let onIdle: (() => void) | undefined;
  const end = (): void => {
    uses--;
    if (uses === 0) onIdle?.();
  };
  return {
    generation: {
      ...generation,
      async execute(request) {
        uses++;
        try {
          return await generation.execute(request);
        } finally {
          end();
        }
      },
      async subscribe(request) {
        uses++;
        const opened = await generation.subscribe(request).catch((error: unknown) => {
          end();
          throw error;
        });
        if (Symbol.asyncIterator in opened) return leaseStream(opened, request.signal, end);
        end();
        return opened;
      },
    },
    retire(listener) {
      onIdle = listener;
      if (uses === 0) listener();
    },
  };
}

function leaseStream(stream: ResultStream, signal: AbortSignal | undefined, release: () => void): ResultStream {
  let isOpen = true;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    signal?.removeEventListener("abort", end);
    release();
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  const leased: ResultStream = {
    async next() {
      const result = await stream.next();
      if (result.done === true) end();
      return result;
    },
    return(value) {
      end();
      return stream.return(value);
    },
    throw(error) {
      end();
      return stream.throw(error);
    },
    [Symbol.asyncIterator]: () => leased,
    [Symbol.asyncDispose]() {
      end();
      return stream[Symbol.asyncDispose]();
    },
  };
  return leased;
}
