/** Pacing: a stream is pulled only as fast as its messages leave, since graphql-sse itself queues without bound. */
import type { ResultStream } from "../execution/result-stream.ts";

export interface Pacer {
  /** A text has been handed to the network, or the connection is gone. */
  written(): void;
  /** The same stream, which gives its next message only after the one before was written. */
  pace(stream: ResultStream): ResultStream;
}

export function createPacer(): Pacer {
  let isPending = false;
  let proceed: (() => void) | undefined;
  return {
    // Pings are written too: one in between lets one more message be pulled, no more.
    written: () => {
      isPending = false;
      proceed?.();
      proceed = undefined;
    },
    pace: (stream) => {
      const paced: ResultStream = {
        next: async () => {
          if (isPending) await new Promise<void>((resolve) => (proceed = resolve));
          const result = await stream.next();
          isPending = result.done !== true;
          return result;
        },
        return: (value) => {
          proceed?.();
          return stream.return(value);
        },
        throw: (error) => stream.throw(error),
        [Symbol.asyncIterator]: () => paced,
        [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
      };
      return paced;
    },
  };
}
