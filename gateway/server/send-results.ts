/** From an operation's results to its client: each is sent as the text that the engine wrote, one after the other. */
import type { ExecutionResult } from "graphql";
import { textOfAnswer } from "../execution/operation-answer.ts";
import type { ResultStream } from "../execution/result-stream.ts";

const done = { done: true, value: undefined } as const;

/**
 * A stream that yields nothing: driving it sends each result, and its end is that of the results. The protocol's library, which
 * would write every result anew, so keeps the operation's life: beginning, completion, errors.
 * @param send settles when the text is handed to the network; the next result is asked for only then
 */
export function sendResults(
  results: ResultStream | ExecutionResult,
  send: (text: string) => Promise<void>,
): ResultStream {
  const source = Symbol.asyncIterator in results ? results : streamOf(results);
  let isEnded = false;
  const end = async (): Promise<typeof done> => {
    isEnded = true;
    await source.return();
    return done;
  };
  const run = async (): Promise<typeof done> => {
    for (;;) {
      const turn = await source.next();
      if (turn.done === true || isEnded) return done;
      await send(textOfAnswer(turn.value));
    }
  };
  const sending: ResultStream = {
    next: () =>
      run().catch(async (error: unknown) => {
        await end();
        throw error;
      }),
    return: end,
    async throw(error) {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]: () => sending,
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
  return sending;
}

async function* streamOf(result: ExecutionResult): ResultStream {
  yield await Promise.resolve(result);
}
