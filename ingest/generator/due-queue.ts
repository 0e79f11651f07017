/** What is to happen later, earliest first; of one time, in the order it was planned. */

export class DueQueue<T> {
  /** A binary heap. */
  readonly #heap: { readonly time: number; readonly order: number; readonly value: T }[] = [];
  #order = 0;

  /** When the next thing is due; Infinity if nothing is. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Infinity;
  }

  add(time: number, value: T): void {
    const heap = this.#heap;
    const entry = { time, order: this.#order++, value };
    let at = heap.length;
    for (;;) {
      const parent = (at - 1) >> 1;
      const above = at === 0 ? undefined : heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  take(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.value;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const least = isRight ? right : left;
      if (least === undefined || isBefore(last, least)) break;
      heap[at] = least;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first.value;
  }
}

function isBefore(
  a: { readonly time: number; readonly order: number },
  b: { readonly time: number; readonly order: number },
): boolean {
  return a.time === b.time ? a.order < b.order : a.time < b.time;
}
