/** A stream of results that can be ended at any moment, also while it waits for an event that may never come. */
import type { ExecutionResult } from "graphql";

export type ResultStream = AsyncGenerator<ExecutionResult, void, undefined>;

export interface StreamWatch {
  readonly onMessage?: (result: ExecutionResult) => void;
  /** Called once, whoever ends the stream: its source, its consumer or the signal. */
  readonly onEnd: () => void;
}

/** The same stream, watched from now on. */
export function watchStream(stream: ResultStream, signal: AbortSignal | undefined, watch: StreamWatch): ResultStream {
  let isOpen = true;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    signal?.removeEventListener("abort", end);
    watch.onEnd();
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted === true) end();
  const watched: ResultStream = {
    async next() {
      const result = await stream.next().catch((error: unknown) => {
        end();
        throw error;
      });
      if (result.done === true) end();
      else watch.onMessage?.(result.value);
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
    [Symbol.asyncIterator]: () => watched,
    [Symbol.asyncDispose]() {
      end();
      return stream[Symbol.asyncDispose]();
    },
  };
  return watched;
}

export interface ResultStreamSource<Event> {
  /** Aborting it ends the stream. */
  readonly parent: AbortSignal | undefined;
  /** Opens the source at the first pull; the signal aborts when the stream ends. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Event>;
  readonly toMessage: (event: Event, signal: AbortSignal) => Promise<ExecutionResult>;
  /** The last message of a stream whose source failed. */
  readonly toFailure: (error: unknown) => ExecutionResult;
}

const done = { done: true, value: undefined } as const;

/**
 * Pulls one event at a time: it asks the source for the next only when the consumer asks for the next message, so it holds
 * at most one. `return` settles at once and releases the source.
 */
export function createResultStream<Event>(source: ResultStreamSource<Event>): ResultStream {
  const controller = new AbortController();
  const { signal } = controller;
  let events: AsyncIterator<Event> | undefined;
  const waiting = new Set<(end: typeof done) => void>();

  const release = (): void => {
    source.parent?.removeEventListener("abort", end);
    controller.abort();
    // A source that fails to close has nothing left to say to this client.
    void events?.return?.().then(undefined, () => undefined);
  };
  const end = (): void => {
    if (signal.aborted) return;
    release();
    for (const settle of waiting) settle(done);
    waiting.clear();
  };
  source.parent?.addEventListener("abort", end, { once: true });
  if (source.parent?.aborted === true) end();

  const pull = async (): Promise<IteratorResult<ExecutionResult, void>> => {
    try {
      events ??= source.open(signal)[Symbol.asyncIterator]();
      const event = await events.next();
      if (event.done === true) {
        end();
        return done;
      }
      return { done: false, value: await source.toMessage(event.value, signal) };
    } catch (error) {
      if (signal.aborted) return done;
      // Not `end`: whoever waits is told why.
      release();
      return { done: false, value: source.toFailure(error) };
    }
  };

  const stream: ResultStream = {
    next: () =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(done);
        waiting.add(resolve);
        void pull().then((result) => {
          waiting.delete(resolve);
          resolve(result);
        });
      }),
    return: () => {
      end();
      return Promise.resolve(done);
    },
    throw: (error) => {
      end();
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    },
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: () => {
      end();
      return Promise.resolve();
    },
  };
  return stream;
}
