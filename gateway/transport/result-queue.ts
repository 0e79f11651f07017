/** A bounded queue between a source that cannot be held back for one reader, such as a shared WebSocket, and that reader. */
import type { MessageKind } from "../subgraph-transport.ts";

export interface ResultQueue<Result> {
  /** Whether somebody waits for a result. */
  readonly isAwaited: boolean;
  /** Answers false if the queue is full: the result was not taken. Of states only the newest is kept. */
  push(result: Result, bytes: number): boolean;
  /** Ends it behind what is queued, with one last result if there is one. Ending again has no effect. */
  end(last?: Result): void;
  /** Ends it at once; what is queued is forgotten. */
  clear(): void;
  next(): Promise<IteratorResult<Result, undefined>>;
}

const done = { done: true, value: undefined } as const;

/** A reader that waits gets a result directly, so what is queued are only results that nobody waits for. */
export function createResultQueue<Result>(messages: MessageKind): ResultQueue<Result> {
  let queued: { readonly result: Result; readonly bytes: number }[] = [];
  let queuedBytes = 0;
  let isEnded = false;
  const readers: ((turn: IteratorResult<Result, undefined>) => void)[] = [];

  const finish = (): void => {
    isEnded = true;
    for (const reader of readers.splice(0)) reader(done);
  };
  const give = (result: Result, bytes: number): void => {
    const reader = readers.shift();
    if (reader !== undefined) return reader({ done: false, value: result });
    queued.push({ result, bytes });
    queuedBytes += bytes;
  };
  const isFull = (bytes: number): boolean => {
    if (messages.kind === "states") return false;
    const { maxQueuedMessages, maxQueuedBytes } = messages;
    return queued.length >= maxQueuedMessages || (queued.length > 0 && queuedBytes + bytes > maxQueuedBytes);
  };
  return {
    get isAwaited() {
      return readers.length > 0;
    },
    push(result, bytes) {
      if (isEnded) return true;
      if (isFull(bytes)) return false;
      if (messages.kind === "states") queued = [];
      give(result, bytes);
      return true;
    },
    end(last) {
      if (isEnded) return;
      if (last !== undefined) give(last, 0);
      finish();
    },
    clear() {
      queued = [];
      finish();
    },
    next() {
      const head = queued.shift();
      if (head !== undefined) {
        queuedBytes -= head.bytes;
        return Promise.resolve({ done: false, value: head.result });
      }
      return isEnded ? Promise.resolve(done) : new Promise((resolve) => readers.push(resolve));
    },
  };
}
