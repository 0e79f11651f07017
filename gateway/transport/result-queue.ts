/** A bounded queue between a WebSocket, which cannot be held back for one subscription, and that subscription's reader. */
import type { SubgraphResult } from "../subgraph-transport.ts";

export interface QueueLimits {
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

export interface ResultQueue {
  /** Answers false if the queue is full: the result was not taken. */
  push(result: SubgraphResult, bytes: number): boolean;
  /** Ends it behind what is queued, with one last result if there is one. Ending again has no effect. */
  end(last?: SubgraphResult): void;
  /** Ends it at once; what is queued is forgotten. */
  clear(): void;
  next(): Promise<IteratorResult<SubgraphResult, undefined>>;
}

const done = { done: true, value: undefined } as const;

/** A reader that waits gets a result directly, so what is queued are only results that nobody waits for. */
export function createResultQueue({ maxQueuedMessages, maxQueuedBytes }: QueueLimits): ResultQueue {
  let queued: { readonly result: SubgraphResult; readonly bytes: number }[] = [];
  let queuedBytes = 0;
  let isEnded = false;
  const readers: ((turn: IteratorResult<SubgraphResult, undefined>) => void)[] = [];

  const finish = (): void => {
    isEnded = true;
    for (const reader of readers.splice(0)) reader(done);
  };
  const give = (result: SubgraphResult, bytes: number): void => {
    const reader = readers.shift();
    if (reader !== undefined) return reader({ done: false, value: result });
    queued.push({ result, bytes });
    queuedBytes += bytes;
  };
  return {
    push(result, bytes) {
      if (isEnded) return true;
      const isFull = queued.length >= maxQueuedMessages || (queued.length > 0 && queuedBytes + bytes > maxQueuedBytes);
      if (!isFull) give(result, bytes);
      return !isFull;
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
