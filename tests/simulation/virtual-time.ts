/** Virtual time: what is to happen is a queue, and the clock jumps from one entry to the next. Nothing sleeps. */
import { setImmediate as nextTurn } from "node:timers/promises";

interface Entry {
  readonly at: number;
  /** Equal times go in the order in which they were entered. */
  readonly order: number;
  readonly run: () => unknown;
}

export class VirtualTime {
  #now: number;
  #order = 0;
  /** A binary heap: the next entry first. */
  readonly #heap: Entry[] = [];

  /** `start`: epoch ms. */
  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  /** Runs something `ms` from now. It may return a promise, which ends before anything else happens. */
  after(ms: number, run: () => unknown): void {
    const entry = { at: this.#now + ms, order: this.#order++, run };
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(entry, heap[parent]); parent = (at - 1) >> 1) {
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets time pass until `isOver`; between two entries all code that can go on does so. @throws after `limit` entries */
  async run(isOver: () => boolean, limit: number): Promise<void> {
    for (let step = 0; !isOver(); step++) {
      await nextTurn();
      // Code that gives way to others by turns of its own may be about to go on.
      for (let turn = 0; this.#heap.length === 0 && turn < 50; turn++) await nextTurn();
      if (isOver()) return;
      const next = this.#take();
      if (next === undefined) throw new Error("Everything waits, and nothing is to happen any more.");
      if (step > limit) throw new Error(`Not done after ${String(limit)} steps, at ${String(this.#now)} ms.`);
      this.#now = next.at;
      const running = next.run();
      if (running instanceof Promise) await running;
    }
  }

  #take(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (child >= heap.length || !isBefore(heap[child], last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
