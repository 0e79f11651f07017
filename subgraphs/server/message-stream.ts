/** A subscription's results as the stream that graphql-ws drives: pulled one at a time, released at once. */
import type { ExecutionResult } from "graphql";

export type MessageStream = AsyncGenerator<ExecutionResult, void, undefined>;

const done = { done: true, value: undefined } as const;

/**
 * Not an `async function*`: `return` of one that waits for a change would wait for that change, too.
 * `toMessage` makes a text-ready result; its errors are formatted already.
 */
export function createMessageStream<Result>(
  results: AsyncIterable<Result>,
  toMessage: (result: Result) => ExecutionResult,
): MessageStream {
  const source = results[Symbol.asyncIterator]();
  const release = async (): Promise<typeof done> => {
    await source.return?.();
    return done;
  };
  const stream: MessageStream = {
    async next() {
      const turn = await source.next();
      return turn.done === true ? done : { done: false, value: toMessage(turn.value) };
    },
    return: release,
    async throw(error) {
      await release();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await release();
    },
  };
  return stream;
}
